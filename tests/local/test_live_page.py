"""The live page: over HTTP, and in a real headless Chromium (Debian's `chromium`)."""

import asyncio
import html
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from prometheus_client import CollectorRegistry, Counter

from streams.live import GatheredWire, Wire, live_routes
from streams.live.gathered import Ask
from streams.live.wire import KEPT, SHOWN_TEXT
from streams.reasons import Reason
from streams.records import (
    Article,
    ClauseHit,
    Entity,
    Evidence,
    Mention,
    RouteHit,
    Subject,
    encode,
)
from streams.stages.contract import DeadLetter, Emission, Outcome
from streams.web import WebServer
from tests.browser import browse, needs_chromium

EVIL = (
    "<script>document.title='pwned'</script>",
    "<img src=x onerror=\"document.title='pwned'\">",
    "\"><svg onload=document.title='pwned'>",
    "javascript:document.title='pwned'",
    "{{constructor.constructor('document.title=1')()}}",
    "</p></article><iframe srcdoc='<script>parent.document.title=1</script>'>",
    "\u202egnp.exe\u0000\U0001f680 \u2028 end",
)
Fetch = Callable[[str], tuple[bytes, dict[str, str]]]


def _article(number: int, text: str, title: str | None = None) -> Outcome:
    rocket = text.find("Rocket")
    mention = Mention(start=rocket, end=rocket + 6, text="Rocket", confidence=0.9)
    made = Article(
        article_id=f"{number:032x}",
        title=title or text,
        text=text,
        source=text,
        place=text,
        entities=[Entity(entity_id=text, type=text, name=text, mentions=[mention])]
        if rocket >= 0
        else [],
        subjects=[Subject(code="medtop:16000000", label=text, confidence=0.75)],
        routes=[
            RouteHit(
                route=text,
                topic="news.topic.space",
                evidence=[ClauseHit(clause=text, spans=[Evidence(text=text)])],
            )
        ],
    )
    return (Emission("news.topic.space", b"key", encode(made)),)


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def port(wire: Wire) -> Iterator[int]:
    registry = CollectorRegistry()
    records = Counter("newswire_records", "x", ["stage"], registry=registry)
    letters = Counter("newswire_dead_letters", "x", ["stage", "reason"], registry=registry)
    records.labels("route").inc(41)
    letters.labels("route", "a").inc(1)
    letters.labels("route", "b").inc(2)
    server = WebServer(live_routes(wire, lambda: registry), "127.0.0.1", 0)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.start(), loop).result(10)
    yield server.port
    asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


@pytest.fixture
def fetch(port: int) -> Fetch:
    def run(path: str) -> tuple[bytes, dict[str, str]]:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.read(), dict(answer.headers)

    return run


def test_the_wire_gives_what_is_new(wire: Wire, fetch: Fetch) -> None:
    wire.passed("tag", [_article(0, "not this")])
    wire.passed("route", [_article(1, "one"), DeadLetter(Reason.TOO_DEEP), (), _article(2, "two")])
    answer = orjson.loads(fetch("/wire.json?after=0")[0])
    assert [a["title"] for a in answer["articles"]] == ["one", "two"]
    assert answer["articles"][0]["routes"][0]["evidence"][0]["clause"] == "one"
    assert answer["stages"] == {"route": {"records": 41, "dead_letters": 3}}
    newer = orjson.loads(fetch("/wire.json?after=1")[0])["articles"]
    assert [a["number"] for a in newer] == [2]
    with pytest.raises(urllib.error.HTTPError, match="400"):
        fetch("/wire.json?after=x")


def test_it_keeps_and_shows_little(wire: Wire) -> None:
    wire.passed("route", [_article(n, "x" * 5_000) for n in range(3 * KEPT)])
    assert len(wire.since(0, 1_000)) == KEPT
    (last,) = wire.since(0, 1)
    assert (len(last["text"]), last["cut"]) == (SHOWN_TEXT, True)


def test_the_wires_of_several_processes_are_one() -> None:
    wires = {"a": Wire(), "b": Wire()}

    def asking(wire: Wire) -> Ask:
        async def ask(after: int) -> list[dict[str, Any]]:
            return wire.since(after, 10)

        return ask

    gathered = GatheredWire(lambda: {name: asking(wire) for name, wire in wires.items()})

    def newer(number: int) -> list[tuple[int, str]]:
        asyncio.run(gathered.refresh())
        return [(a["number"], a["title"]) for a in gathered.since(number, 10)]

    wires["a"].passed("route", [_article(1, "one")])
    wires["b"].passed("route", [_article(2, "two")])
    wires["a"].passed("route", [_article(3, "three")])
    assert newer(0) == [(1, "one"), (2, "two"), (3, "three")]
    assert newer(3) == []
    del wires["a"]
    wires["c"] = Wire()
    wires["c"].passed("route", [_article(4, "of the one that came after")])
    assert newer(3) == [(4, "of the one that came after")]
    assert [number for number, _ in newer(0)] == [1, 2, 3, 4]


@pytest.mark.parametrize("path", ["/", "/live.js", "/live.css", "/wire.json"])
def test_nothing_from_outside_may_run(fetch: Fetch, path: str) -> None:
    body, headers = fetch(path)
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert b"http://" not in body
    assert b"https://" not in body


@pytest.mark.browser
@needs_chromium
def test_hostile_articles_stay_text_in_a_browser(wire: Wire, port: int, tmp_path: Path) -> None:
    wire.passed("route", [_article(n, f"Rocket {evil}") for n, evil in enumerate(EVIL)])
    page = browse(port, tmp_path, "--virtual-time-budget=6000", "--dump-dom")
    assert "<title>newswire: live</title>" in page
    assert page.count("<script") == 1
    assert "<img" not in page
    assert "<svg" not in page
    assert "<iframe" not in page
    assert page.count("<article") == len(EVIL)
    for evil in EVIL[:6]:
        assert html.escape(evil, quote=False) in page


@pytest.mark.browser
@needs_chromium
def test_entities_are_marked_where_they_stand(wire: Wire, port: int, tmp_path: Path) -> None:
    wire.passed("route", [_article(1, "\U0001f680\U0001f680 A Rocket flew", "Launch")])
    page = browse(port, tmp_path, "--virtual-time-budget=6000", "--dump-dom")
    assert ">Rocket</mark>" in page
    assert "\U0001f680\U0001f680 A <mark" in page
    assert "→ news.topic.space" in page
    assert '<th>route</th><td class="rate">0.0</td><td>41</td>' in page.replace("\n", "")
