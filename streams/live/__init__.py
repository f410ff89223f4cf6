"""The live page of a worker: the wire as it passes, and why each article went where."""

from streams.live.pages import live_routes
from streams.live.wire import Wire

__all__ = ["Wire", "live_routes"]
