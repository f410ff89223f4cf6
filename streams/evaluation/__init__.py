"""Figures on the evaluation data: loaders, the tuning/check split, measures."""
