"""The live page of a worker: the wire as it passes, and why each article went where."""

from streams.live.gathered import GatheredWire
from streams.live.pages import live_routes
from streams.live.wire import Wire

__all__ = ["GatheredWire", "Wire", "live_routes"]
