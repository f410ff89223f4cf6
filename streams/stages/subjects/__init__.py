"""Subjects: what an article is about, as IPTC Media Topics, with the evidence for each."""

from streams.stages.subjects.classifier import Classifier, load_classifier

__all__ = ["Classifier", "load_classifier"]
