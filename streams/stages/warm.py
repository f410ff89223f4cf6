"""Compiles every loop of the stages for this processor: `python -m streams.stages.warm`.

Where it was done before it takes a second; elsewhere the first article would wait a minute.
"""

import sys
import time
from concurrent.futures import ProcessPoolExecutor

from streams.settings import settings
from streams.stages.contract import Prepared, Record
from streams.stages.dedup import Index
from streams.stages.pipeline import SMALL, DedupStage, load_stages


def decide() -> int:
    """Send a few reprints through the first stage and an index; how many were decided about."""
    texts = [SMALL, SMALL + b"\n", SMALL.replace(b"Lima", b"Quito"), SMALL[:200]]
    made = DedupStage(settings().max_record_bytes).prepare([Record(text) for text in texts])
    values = [p.fingerprint for p in made if isinstance(p, Prepared)]
    numbers = list(range(len(values)))
    return len(Index().observe(values, numbers, numbers))


def main() -> None:
    """Compile in two processes, since the two halves share few loops."""
    begun = time.monotonic()
    sys.stderr.write("newswire: compiling the loops for this processor, once\n")
    with ProcessPoolExecutor(2) as pool:
        done = pool.submit(decide), pool.submit(_load)
        for half in done:
            half.result()
    sys.stderr.write(f"newswire: compiled in {time.monotonic() - begun:.0f} s\n")


def _load() -> int:
    return len(load_stages())


if __name__ == "__main__":
    main()
