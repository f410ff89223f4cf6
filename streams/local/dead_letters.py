"""A dead letter of the embedded run as a JSON line."""

from streams import __version__
from streams.dead_letters import to_line
from streams.stages.contract import DeadLetter, Record
from streams.topology import STEPS

READS = {step.name: step.reads for step in STEPS}


def dead_letter_line(record: Record, letter: DeadLetter, stage: str, origin: str | None) -> bytes:
    """The line for `record`, refused by `stage`; its bytes are untouched, in base64."""
    said = {
        "topic": READS[stage],
        "partition": None,
        "offset": None,
        "stage": stage,
        "reason": letter.reason,
        "error": letter.error,
        "detail": letter.detail,
        "version": __version__,
        "origin": origin,
    }
    return to_line(said, record)
