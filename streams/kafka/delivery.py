"""What came of a batch, delivered: outputs to their topics, dead letters to the DLQ."""

import time
from collections.abc import Sequence

from mode.utils.logging import get_logger

from streams import metrics
from streams.dead_letters import Origin, to_emission
from streams.kafka.ledger import FetchedBatch
from streams.kafka.outgoing import Outgoing, parcel
from streams.kafka.sender import BACKOFF_SECONDS, Alive, Sender, pause
from streams.settings import Settings
from streams.stages.contract import DeadLetter, Outcome, Record, clip
from streams.topology import RAW, TAGGED, UNIQUE, Step

logger = get_logger(__name__)


class Delivery:
    """Delivers the outcomes of one step.

    Args:
        step: what was computed.
        settings: names of topics.
        sender: sends and checks.
    """

    def __init__(self, step: Step, settings: Settings, sender: Sender) -> None:
        self._step = step
        self._settings = settings
        self._sender = sender

    async def deliver(self, batch: FetchedBatch, outcomes: Sequence[Outcome], alive: Alive) -> None:
        """Return when every output is acknowledged, or its record's dead letter is.

        Raises:
            AbandonedError: `alive()` became false first.
        """
        letters = {n: o for n, o in enumerate(outcomes) if isinstance(o, DeadLetter)}
        raw = self._step.reads == RAW
        numbers, records = parcel(batch, outcomes, self._settings.topic_prefix, raw=raw)
        refused = await self._sender.deliver(records, alive)
        for position, error in refused.items():
            letters[numbers[position]] = DeadLetter(error.reason, clip(error.detail))
        await self._bury([self._letter(batch, n, d) for n, d in sorted(letters.items())], alive)
        sent = len(records) - len(refused) + len(letters)
        metrics.OUTPUTS.labels(self._step.name).inc(sent)
        for number, letter in letters.items():
            self._log_letter(batch, number, letter)
            metrics.DEAD_LETTERS.labels(self._step.name, str(letter.reason)).inc()

    def _log_letter(self, batch: FetchedBatch, number: int, letter: DeadLetter) -> None:
        record = batch.records[number]
        at = {"topic": batch.tp.topic, "partition": batch.tp.partition, "offset": record.offset}
        known = {"stage": self._step.name, "reason": str(letter.reason)}
        if self._step.reads in {UNIQUE, TAGGED} and record.key:
            known["article_id"] = record.key.decode("utf-8", "replace")
        logger.warning("Dead letter of stage " + self._step.name, extra=at | known)  # noqa: G003 - counted by stage

    async def _bury(self, letters: list[Outgoing], alive: Alive) -> None:
        """Deliver to the DLQ; what even the DLQ refuses is held: nothing may be lost."""
        while letters:
            refused = await self._sender.deliver(letters, alive)
            letters = [letters[n] for n in sorted(refused)]
            for error in refused.values():
                logger.error("The DLQ refuses a dead letter, which is held: %s", error)
            if letters:
                await pause(BACKOFF_SECONDS[-1], alive)

    def _letter(self, batch: FetchedBatch, number: int, letter: DeadLetter) -> Outgoing:
        record = batch.records[number]
        origin = Origin(*batch.tp, record.offset, record.timestamp, self._step.name)
        raw = Record(record.value, record.key, record.headers)
        made = to_emission(raw, letter, origin, int(time.time() * 1000))
        return Outgoing(self._settings.topic(made.topic), made.key, made.value, made.headers)
