"""The live page over HTTP: three files and the JSON that they ask for; nothing from outside."""

import time
from collections.abc import Callable
from importlib import resources
from typing import Any, Protocol

import orjson
from aiohttp import web
from prometheus_client import REGISTRY, CollectorRegistry

MOST = 30
"""At most so many articles in one answer."""
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_FILES = {
    "/": ("page.html", "text/html"),
    "/live.js": ("live.js", "text/javascript"),
    "/live.css": ("live.css", "text/css"),
}
_COUNTERS = {
    "newswire_records_total": "records",
    "newswire_outputs_total": "outputs",
    "newswire_dead_letters_total": "dead_letters",
}


class Shown(Protocol):
    """What the page shows: `Wire`, or `GatheredWire` of several processes."""

    async def refresh(self) -> None:
        """Look for what is new."""
        ...

    def since(self, number: int, most: int) -> list[dict[str, Any]]:
        """At most `most` of the newest articles after `number`, oldest first."""
        ...


def live_routes(
    wire: Shown, registry: Callable[[], CollectorRegistry] = lambda: REGISTRY
) -> list[web.RouteDef]:
    """The page at `/`, its script and style, and `/wire.json?after=N`."""

    async def articles(request: web.Request) -> web.Response:
        try:
            after = int(request.query.get("after", "0"))
        except ValueError:
            raise web.HTTPBadRequest(text="after is a number\n", headers=SECURITY) from None
        await wire.refresh()
        body = {
            "now": time.time(),
            "stages": stage_counts(registry()),
            "articles": wire.since(after, MOST),
        }
        return _answer(orjson.dumps(body), "application/json")

    files = [web.get(path, _file(name, kind)) for path, (name, kind) in _FILES.items()]
    return [*files, web.get("/wire.json", articles)]


def stage_counts(registry: CollectorRegistry) -> dict[str, dict[str, float]]:
    """Records in, outputs and dead letters of each stage, as counted since the start."""
    stages: dict[str, dict[str, float]] = {}
    for metric in registry.collect():
        for sample in metric.samples:
            name = _COUNTERS.get(sample.name)
            if name and "stage" in sample.labels:
                counts = stages.setdefault(sample.labels["stage"], {})
                counts[name] = counts.get(name, 0) + sample.value
    return stages


def _file(name: str, kind: str) -> Callable[[web.Request], Any]:
    body = resources.files(__package__).joinpath(name).read_bytes()

    async def answer(_: web.Request) -> web.Response:
        return _answer(body, kind)

    return answer


def _answer(body: bytes, kind: str) -> web.Response:
    return web.Response(body=body, content_type=kind, charset="utf-8", headers=SECURITY)
