"""What went in, what came out, and the verdict on the two."""

import json
import time
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Verdict:
    """What a run of chaos has shown; `problems` is empty when every invariant held."""

    scenario: str
    seed: int
    sent: int
    received: int
    dead_letters: int
    lost: int
    repeats: int
    repeat_bound: float
    changed: int
    disordered: int
    longest_delay: float
    kills: dict[str, int]
    seconds: float
    problems: list[str] = field(default_factory=list)

    def judge_control(self) -> None:
        """The guarantee was taken out: the only problem is to have lost nothing."""
        self.problems = [] if self.lost else ["the control run lost nothing: the harness is blind"]

    def save(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.scenario}-{self.seed}.json"
        path.write_text(json.dumps(asdict(self), indent=1))
        return path


class Ledger:
    """Unique ids in; the multiset of what came out, with time of arrival and order."""

    def __init__(self) -> None:
        self.sent: set[bytes] = set()
        self.fed: dict[bytes, float] = {}
        self._begun = time.monotonic()
        self._outputs: list[Any] = []
        self._arrivals: list[float] = []
        self._letters: list[Any] = []

    def output(self, record: Any, at: float) -> None:
        self._outputs.append(record)
        self._arrivals.append(at)

    def letter(self, record: Any) -> None:
        self._letters.append(record)

    def quiet(self) -> float:
        """Seconds since the last arrival."""
        return time.monotonic() - max(self._arrivals[-1:], default=self._begun)

    def missing(self) -> set[bytes]:
        seen = {_id(r.value) for r in self._outputs} | {_id(r.value) for r in self._letters}
        return self.sent - seen

    def verdict(
        self, scenario: str, seed: int, kills: Counter[str], commit_interval: float, begun: float
    ) -> Verdict:
        counts = Counter(_id(r.value) for r in self._outputs)
        received = sum(counts.values())
        deaths = max(1, kills["kill"] + kills["zombie"] + kills["term"] + kills["broker"])
        verdict = Verdict(
            scenario=scenario,
            seed=seed,
            sent=len(self.sent),
            received=received,
            dead_letters=len(self._letters),
            lost=len(self.missing()),
            repeats=received - len(counts),
            repeat_bound=3 * self._peak() * commit_interval * deaths,
            changed=self._changed(),
            disordered=self._disordered(),
            longest_delay=round(self._delay(), 1),
            kills=dict(kills),
            seconds=round(self._arrivals[-1] - begun, 1) if self._arrivals else 0,
        )
        return _judge(verdict)

    def _peak(self) -> int:
        """The most outputs of any second: the rate at which a backlog is worked off."""
        return max(Counter(int(at) for at in self._arrivals).values(), default=0)

    def _changed(self) -> int:
        forms: dict[bytes, set[bytes]] = defaultdict(set)
        for record in self._outputs:
            forms[_id(record.value)].add(record.value)
        return sum(len(values) > 1 for values in forms.values())

    def _disordered(self) -> int:
        """First arrivals of a key that come after a later number of the same key."""
        last: dict[tuple[int, bytes], int] = {}
        seen: set[bytes] = set()
        wrong = 0
        for record in sorted(self._outputs, key=lambda r: (r.partition, r.offset)):
            identity = _id(record.value)
            if identity in seen:
                continue
            seen.add(identity)
            key, _, number = identity.partition(b":")
            place = record.partition, key
            wrong += int(number) < last.get(place, -1)
            last[place] = max(int(number), last.get(place, -1))
        return wrong

    def _delay(self) -> float:
        """The longest time from feeding a record to its first arrival: the recovery."""
        first: dict[bytes, float] = {}
        for record, at in zip(self._outputs, self._arrivals, strict=True):
            first.setdefault(_id(record.value), at)
        return max((at - self.fed[i] for i, at in first.items() if i in self.fed), default=0.0)


def _id(value: bytes) -> bytes:
    """`key:number` at the start of the value."""
    return value.split(b"|", 1)[0]


def _judge(verdict: Verdict) -> Verdict:
    if verdict.lost:
        verdict.problems.append(f"{verdict.lost} records lost")
    if verdict.changed:
        verdict.problems.append(f"{verdict.changed} repeats differ from the first")
    if verdict.repeats > verdict.repeat_bound:
        verdict.problems.append(f"{verdict.repeats} repeats, at most {verdict.repeat_bound:.0f}")
    if verdict.disordered and not verdict.kills.get("zombie"):
        verdict.problems.append(f"{verdict.disordered} records out of their key's order")
    return verdict
