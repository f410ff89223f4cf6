"""The count of what came in and where it went; it must add up."""

from collections import Counter
from dataclasses import dataclass, field

from streams.stages.contract import DeadLetter, Emission, Outcome
from streams.topology import DUPLICATES, RAW, TAGGED, UNIQUE, UNROUTED


@dataclass(slots=True)
class Summary:
    """Counts of records; `streams` by topic, `dead` by (stage, reason)."""

    read: int = 0
    streams: Counter[str] = field(default_factory=Counter)
    dead: Counter[tuple[str, str]] = field(default_factory=Counter)
    routed: int = 0
    failed_inputs: list[str] = field(default_factory=list)
    interrupted: bool = False

    def note(self, stage: str, outcome: Outcome) -> None:
        """Count one outcome of `stage`."""
        if isinstance(outcome, DeadLetter):
            self.dead[stage, outcome.reason.value] += 1
        else:
            self._note_emissions(outcome)

    def _note_emissions(self, emissions: tuple[Emission, ...]) -> None:
        self.streams.update(emission.topic for emission in emissions)
        if emissions and emissions[0].topic not in {UNIQUE, DUPLICATES, TAGGED, UNROUTED}:
            self.routed += 1

    def dead_letters(self, *stages: str) -> int:
        """How many dead letters these stages made."""
        return sum(n for (stage, _), n in self.dead.items() if stage in stages)

    @property
    def adds_up(self) -> bool:
        """In = unique + duplicates + dead letters, and each unique is routed, unrouted or dead."""
        unique = self.streams[UNIQUE]
        first = unique + self.streams[DUPLICATES] + self.dead_letters("dedup")
        second = self.routed + self.streams[UNROUTED] + self.dead_letters("tag", "route")
        return self.read == first and unique == second

    def as_dict(self) -> dict[str, object]:
        """The summary as plain data, the same for the same input."""
        return {
            "schema": "newswire.summary/1",
            RAW: self.read,
            "unique": self.streams[UNIQUE],
            "duplicates": self.streams[DUPLICATES],
            "dead_letters": self.dead_letters("dedup", "tag", "route"),
            "routed": self.routed,
            "unrouted": self.streams[UNROUTED],
            "streams": dict(sorted(self.streams.items())),
            "dead_letters_by_reason": {
                f"{stage}:{reason}": n for (stage, reason), n in sorted(self.dead.items())
            },
            "failed_inputs": self.failed_inputs,
            "interrupted": self.interrupted,
            "adds_up": self.adds_up,
        }
