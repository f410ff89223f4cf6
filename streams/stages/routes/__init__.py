"""Routes: which standing rules want an article, and why."""

from streams.stages.routes.index import Index
from streams.stages.routes.record import InvalidRoute, Route, decode, encode, read_routes, route
from streams.stages.routes.table import RouteTable, builtin_routes, load_builtin

__all__ = [
    "Index",
    "InvalidRoute",
    "Route",
    "RouteTable",
    "builtin_routes",
    "decode",
    "encode",
    "load_builtin",
    "read_routes",
    "route",
]
