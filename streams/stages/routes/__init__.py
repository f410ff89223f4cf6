"""Routes: which standing rules want an article, and why."""

from streams.stages.routes.book import (
    PIECE_CHANGES,
    Change,
    Ignored,
    RouteBook,
    piece_size,
)
from streams.stages.routes.check import RouteCheck
from streams.stages.routes.file import read_file, read_routes
from streams.stages.routes.index import Index
from streams.stages.routes.record import InvalidRoute, Route, decode, encode, route
from streams.stages.routes.table import RouteTable, builtin_routes, builtin_slugs

__all__ = [
    "PIECE_CHANGES",
    "Change",
    "Ignored",
    "Index",
    "InvalidRoute",
    "Route",
    "RouteBook",
    "RouteCheck",
    "RouteTable",
    "builtin_routes",
    "builtin_slugs",
    "decode",
    "encode",
    "piece_size",
    "read_file",
    "read_routes",
    "route",
]
