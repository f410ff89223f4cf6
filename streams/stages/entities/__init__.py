"""Entities: who, where, which organisation, with offsets, confidence and a stable id."""
