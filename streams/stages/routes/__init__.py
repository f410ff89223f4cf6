"""Routes: which standing rules want an article, and why."""

from streams.stages.routes.book import Change, Ignored, RouteBook, piece_size
from streams.stages.routes.check import RouteCheck
from streams.stages.routes.index import Index
from streams.stages.routes.record import InvalidRoute, Route, decode, encode, read_routes, route
from streams.stages.routes.table import RouteTable, builtin_routes, builtin_slugs, load_builtin

__all__ = [
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
    "load_builtin",
    "piece_size",
    "read_routes",
    "route",
]
