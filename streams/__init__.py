"""newswire: raw news articles in, deduplicated, tagged and routed streams out."""

__version__ = "0.1.0"
