"""The account of the topics: clean, pending, missing by name; and streams compared."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from click.testing import Result
from kafka import KafkaAdminClient

from ops import clients, groups
from ops.audit import Period, Topics, audit
from ops.broker import LocalCluster
from ops.clients import bounds, partitions_of
from ops.items import article_id_of
from streams.dead_letters import Origin, headers
from streams.headers import ORIGIN
from streams.reasons import Reason
from streams.records import Article, Duplicate, Entity, Subject, encode
from streams.settings import load
from streams.stages.contract import DeadLetter
from tests.conftest import MakeTopic
from tests.kafka.conftest import Send

pytestmark = pytest.mark.kafka
Run = Callable[..., Result]
RunJson = Callable[..., Any]
TEXTS = [b"Text number %d of the wire." % n for n in range(5)]


@pytest.fixture
def wire(newswire: Run, prefix: str, send: Send) -> str:
    """Five raw records, worked through by hand: two unique, one duplicate, one dead, one open."""
    newswire("topics", "create", "--stream", "floods")
    for text in TEXTS:
        send(prefix + "news.raw", text, partition=0)
    for n, topic in ((0, "news.topic.floods"), (1, "news.unrouted")):
        for name in ("news.unique", "news.tagged", topic):
            _output(send, prefix, name, n)
    repeat = Duplicate(
        article_id="of another id", of=_id(0), cluster_id="c", relation="same", similarity=1.0
    )
    origin = [(ORIGIN, f"{prefix}news.raw:0:2".encode())]
    send(prefix + "news.duplicates", encode(repeat), headers=origin)
    _bury(send, prefix, "news.raw", 3, TEXTS[3])
    return prefix


def _id(number: int) -> str:
    found = article_id_of(TEXTS[number])
    assert found
    return found


def _output(send: Send, prefix: str, topic: str, number: int) -> None:
    article = Article(article_id=_id(number), text=TEXTS[number].decode())
    send(prefix + topic, encode(article), key=_id(number).encode())


def _bury(send: Send, prefix: str, topic: str, offset: int, value: bytes) -> None:
    where = Origin(prefix + topic, 0, offset, 0, "stage")
    said = list(headers((), DeadLetter(Reason.STAGE_FAILED), where, 0))
    send(prefix + "news.dlq", value, headers=said)


def _commit_all(admin: KafkaAdminClient, prefix: str) -> None:
    for topic in ("news.raw", "news.unique", "news.tagged"):
        ends = bounds(admin, partitions_of(admin, prefix + topic))
        offsets = {part: end for part, (_, end) in ends.items()}
        groups.commit(admin, prefix + "newswire", offsets)


def test_what_is_not_committed_is_pending(wire: str, newswire_json: RunJson) -> None:
    assert wire
    report = newswire_json("audit")
    assert report["raw"] == {
        "read": 5,
        "outcomes": {"unique": 2, "duplicates": 1, "dead_letters": 1},
        "pending": 1,
        "missing": [],
    }
    assert report["unique"]["outcomes"] == {"routed": 1, "unrouted": 1}


def test_what_is_committed_and_nowhere_is_named(
    wire: str, newswire: Run, newswire_json: RunJson, admin: KafkaAdminClient, send: Send
) -> None:
    _output(send, wire, "news.unique", 4)
    send(wire + "news.raw", b"A sixth text that is lost.", partition=0)
    _commit_all(admin, wire)
    report = newswire_json("audit", code=1)
    assert report["raw"]["missing"] == [f"{wire}news.raw:0:5"]
    assert report["unique"]["missing"] == [_id(4)]
    assert f"missing: {wire}news.raw:0:5" in newswire("audit", code=1).stdout


def test_dead_letters_of_later_stages_and_repeats_are_clean(
    wire: str, newswire_json: RunJson, admin: KafkaAdminClient, send: Send
) -> None:
    _output(send, wire, "news.unique", 4)
    _output(send, wire, "news.unique", 0)
    value = encode(Article(article_id=_id(4), text="x"))
    _bury(send, wire, "news.unique", 2, value)
    _commit_all(admin, wire)
    report = newswire_json("audit")
    assert report["clean"]
    assert report["unique"]["outcomes"] == {"routed": 1, "unrouted": 1, "dead_letters": 1}
    assert report["repeats"]["unique"] == 1


def test_a_period_leaves_out_what_came_before(
    wire: str, newswire_json: RunJson, admin: KafkaAdminClient
) -> None:
    _commit_all(admin, wire)
    assert newswire_json("audit", "--until", "1h")["raw"]["read"] == 0
    assert newswire_json("audit", "--since", "1h", code=1)["raw"]["read"] == 5


def test_what_the_workers_finish_meanwhile_is_not_missing(
    wire: str, broker: LocalCluster, admin: KafkaAdminClient, send: Send
) -> None:
    settings = load(bootstrap=broker.bootstrap)
    done: list[str] = []

    def work(topic: str, _records: int) -> None:
        """While a topic is read: what is open is done, and the like of it comes and is done."""
        if topic in done:
            return
        done.append(topic)
        text = b"Another text while %d topics are read." % len(done)
        send(wire + "news.raw", text, partition=0)
        for value in (TEXTS[4], text):
            article = Article(article_id=str(article_id_of(value)), text=value.decode())
            for name in ("news.unique", "news.tagged", "news.unrouted"):
                send(wire + name, encode(article), key=article.article_id.encode())
        _commit_all(admin, wire)

    consumers = partial(clients.consumer, settings)
    report = audit(Topics(admin, consumers, wire, wire + "newswire", work), Period())
    assert (report.raw.missing, report.unique.missing) == ([], [])
    assert len(done) >= 5, "it was disturbed at every topic"


def test_diff_names_what_changed(
    newswire: Run, newswire_json: RunJson, make_topic: MakeTopic, send: Send
) -> None:
    left, right = make_topic(partitions=2), make_topic()
    person = Entity(entity_id="p", type="PER", name="P", mentions=[])
    place = Entity(entity_id="l", type="LOC", name="L", mentions=[])
    flood = Subject(code="medtop:1", label="flood", confidence=0.5)
    surer = Subject(code="medtop:1", label="flood", confidence=0.9)
    same = Article(article_id="same", text="t")
    send(left, encode(same), encode(Article(article_id="gone", text="t")))
    send(left, encode(Article(article_id="c", text="t", entities=[person], subjects=[flood])))
    send(right, encode(Article(article_id="new", text="t")), encode(same))
    send(right, encode(Article(article_id="c", text="old", entities=[])))
    send(right, encode(Article(article_id="c", text="t", entities=[place], subjects=[surer])))
    report = newswire_json("diff", left, right, code=1)
    assert (report["only_left"], report["only_right"], report["same"]) == (["gone"], ["new"], 1)
    assert report["changes"]["c"] == {
        "entities": {"removed": ["p"], "added": ["l"], "altered": []},
        "subjects": {"removed": [], "added": [], "altered": ["medtop:1"]},
    }
    assert newswire_json("diff", left, left)["equal"]
    words = ("--ignore", "entities", "--ignore", "subjects")
    assert newswire_json("diff", left, right, *words, code=1)["changed"] == 0
    assert "no such file" in newswire("diff", left, "nowhere", code=2).stderr
