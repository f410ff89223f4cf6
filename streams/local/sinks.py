"""One JSONL file per topic; a line is the exact bytes of the Kafka value."""

from collections import OrderedDict
from pathlib import Path
from typing import IO

OPEN_FILES = 128


class StreamFiles:
    """`folder/<topic>.jsonl`, appended line by line; at most `OPEN_FILES` are open at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: OrderedDict[str, IO[bytes]] = OrderedDict()

    def write(self, topic: str, value: bytes) -> None:
        """Append one whole line.

        Raises:
            OSError: the folder can't be written to.
        """
        self._file(topic).write(value + b"\n")

    def flush(self) -> None:
        """Hand every line written so far to the operating system."""
        for file in self._open.values():
            file.flush()

    def close(self) -> None:
        """Flush and close every file."""
        while self._open:
            self._open.popitem()[1].close()

    def _file(self, topic: str) -> IO[bytes]:
        file = self._open.pop(topic, None) or (self._folder / f"{topic}.jsonl").open("ab")
        self._open[topic] = file
        if len(self._open) > OPEN_FILES:
            self._open.popitem(last=False)[1].close()
        return file


def written_before(folder: Path) -> list[Path]:
    """The files of an earlier run in `folder`."""
    return sorted([*folder.glob("news.*.jsonl"), *folder.glob("summary.json")])
