"""Subjects: what an article is about, in IPTC Media Topics."""
