"""Entities: who, where, which organisation, which weapon; offsets, confidence, a stable id."""

from streams.stages.entities.tagger import Tagger, load_tagger

__all__ = ["Tagger", "load_tagger"]
