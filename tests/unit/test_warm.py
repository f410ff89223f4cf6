"""A worker's loops are compiled before its first batch."""

import sys

from streams.records import Article, encode
from streams.stages.contract import Record
from streams.stages.pipeline import TagStage, load_stages

TEXT = "Mr. Xi of NATO's U.S. staff (see www.a.org/b) flew to Zoë's 3.5 km² isle. Xi won... "


def signatures() -> int:
    return sum(
        len(getattr(function, "signatures", ()))
        for name, module in sys.modules.items()
        if name.startswith("streams.") and name.endswith(("_loops", ".scan"))
        for function in vars(module).values()
    )


def test_no_batch_waits_for_the_compiler() -> None:
    tag = load_stages()["tag"]
    compiled = signatures()
    assert compiled > 10
    assert isinstance(tag, TagStage)
    article = Article(article_id="a", text=TEXT * 3)
    assert len(tag([Record(encode(article))])) == 1
    assert signatures() == compiled
