from pathlib import Path

from streams.local.sinks import OPEN_FILES, StreamFiles, written_before


def test_more_topics_than_open_files_keep_every_line(tmp_path: Path) -> None:
    files = StreamFiles(tmp_path)
    topics = [f"news.topic.{n}" for n in range(OPEN_FILES + 20)]
    for value in (b"first", b"second"):
        for topic in topics:
            files.write(topic, value)
    files.close()
    assert all((tmp_path / f"{t}.jsonl").read_bytes() == b"first\nsecond\n" for t in topics)


def test_an_earlier_run_is_seen(tmp_path: Path) -> None:
    (tmp_path / "other.jsonl").touch()
    assert written_before(tmp_path) == []
    (tmp_path / "news.unique.jsonl").touch()
    assert len(written_before(tmp_path)) == 1
