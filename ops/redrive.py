"""Send dead letters back to where they failed, with their attempts counted on."""

import uuid
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from typing import Any

from kafka import KafkaProducer

from ops import journal
from ops.dlq import Letter
from ops.items import traced
from ops.replay import DELIVERY_SECONDS, kept_headers

PART = 200
Fix = Callable[[bytes | None], bytes | None]


@dataclass(slots=True)
class Plan:
    """What would be sent (letter, target, value), and which letters could not be fixed."""

    sends: list[tuple[Letter, str, bytes | None]] = field(default_factory=list)
    failed: list[tuple[Letter, str]] = field(default_factory=list)


def plan(found: Sequence[Letter], fix: Fix, target: str | None, topics: Container[str]) -> Plan:
    """Each letter with its fixed value and its target: `target`, else the topic it failed on.

    `topics`: those that there are; a producer would wait a minute for another.
    """
    made = Plan()
    for letter in found:
        goes = target or letter.topic
        if not goes:
            made.failed.append((letter, "it does not say its topic: choose one with --to"))
            continue
        if goes not in topics:
            made.failed.append((letter, f"there is no topic {goes}: choose one with --to"))
            continue
        try:
            made.sends.append((letter, goes, fix(letter.item.value)))
        except (ValueError, LookupError) as error:
            made.failed.append((letter, str(error)))
    return made


def redrive(
    producer: KafkaProducer, made: Plan, journal_topic: str, why: str, told: Callable[[int], None]
) -> str:
    """Send the plan, noting each part in the journal. Returns the id in the records' headers.

    Killed in between, a part was sent but is still open: sent again it gets the same answer.
    `told` hears how many more are done.

    Raises:
        KafkaError: a record or entry could not be delivered.
    """
    redrive_id = uuid.uuid4().hex
    for start in range(0, len(made.sends), PART):
        part = made.sends[start : start + PART]
        futures = [_send(producer, redrive_id, *each) for each in part]
        for future in futures:
            future.get(DELIVERY_SECONDS)
        places = [(letter.item.partition, letter.item.offset) for letter, _, _ in part]
        journal.note(producer, journal_topic, "redrive", places, why)
        told(len(part))
    return redrive_id


def _send(
    producer: KafkaProducer, redrive_id: str, letter: Letter, target: str, value: bytes | None
) -> Any:
    headers = traced(letter.item, redrive_id, kept_headers(letter.item.headers))
    return producer.send(target, value, key=letter.item.key, headers=headers)
