"""Clean: what is the article and what is the page around it."""

from streams.stages.clean.raw import RawArticle, parse
from streams.stages.clean.repetition import without_repeated
from streams.stages.clean.stage import clean

__all__ = ["RawArticle", "clean", "parse", "without_repeated"]
