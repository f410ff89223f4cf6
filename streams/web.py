"""The small web server of a worker: /metrics, /live, /ready, POST /breaker/close.

Other pages join by `extra`: a list of aiohttp routes (`web.get("/", handler)`).
"""

from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.exposition import choose_encoder

from streams.health import Health, Verdict

Handler = Callable[[web.Request], Awaitable[web.Response]]


def make_routes(
    health: Health,
    close_breakers: Callable[[], list[str]],
    registry: Callable[[], CollectorRegistry] = lambda: REGISTRY,
) -> list[web.RouteDef]:
    """The routes that every worker has.

    Args:
        health: answers /live and /ready (200, or 503 with the reasons as text).
        close_breakers: closes all open breakers; gives the names of their stages.
        registry: the metrics to show, asked for at each request.
    """

    async def metrics(request: web.Request) -> web.Response:
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(registry()), headers={"Content-Type": content_type})

    async def close(_: web.Request) -> web.Response:
        return web.json_response({"closed": close_breakers()})

    return [
        web.get("/metrics", metrics),
        web.get("/live", _answer(health.live)),
        web.get("/ready", _answer(health.ready)),
        web.post("/breaker/close", close),
    ]


def _answer(ask: Callable[[], Verdict]) -> Handler:
    async def answer(_: web.Request) -> web.Response:
        verdict = ask()
        text = "ok\n" if verdict.ok else "".join(f"{reason}\n" for reason in verdict.reasons)
        return web.Response(text=text, status=200 if verdict.ok else 503)

    return answer


class WebServer:
    """Serves routes on one address; `port` is the real one after `start`."""

    def __init__(self, routes: Sequence[web.RouteDef], host: str, port: int) -> None:
        application = web.Application()
        application.add_routes(routes)
        self._runner = web.AppRunner(application, access_log=None)
        self.host, self.port = host, port

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the port is taken.
        """
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close the port."""
        await self._runner.cleanup()
