"""Dedup: the same story told from a reprint, an update and a coincidence."""

from streams.stages.dedup.decision import Decision, finish
from streams.stages.dedup.fingerprints import fingerprint
from streams.stages.dedup.index import Index

__all__ = ["Decision", "Index", "fingerprint", "finish"]
