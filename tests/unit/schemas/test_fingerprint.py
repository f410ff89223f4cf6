"""The written layout of a log value is the one in the code."""

import re

from schemas import FOLDER
from streams.stages.dedup.value import HEAD, MAGIC, MAX_BYTES, VERSION


def test_the_table_of_the_head_is_the_dtype() -> None:
    text = (FOLDER / f"fingerprint.v{VERSION}.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| (\d+) \| `(\w+)` \|", text, re.MULTILINE)
    fields = HEAD.fields
    assert fields is not None
    assert [(int(at), int(size), name) for at, size, name in rows] == [
        (fields[name][1], fields[name][0].itemsize, name) for name in HEAD.names or ()
    ]
    assert f"0x{MAGIC:X}" in text
    assert f"{MAX_BYTES:,} bytes" in text
