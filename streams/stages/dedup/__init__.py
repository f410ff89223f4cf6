"""Dedup: the same story told from a reprint, an update and a coincidence."""
