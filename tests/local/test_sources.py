import gzip
import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from streams.local.sources import InputError, find


def _values(*inputs: str) -> list[bytes | None]:
    return [sourced.record.value for sourced in find(inputs)]


def test_a_folder_is_read_in_sorted_order_with_every_suffix(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_bytes(b"one article\nof two lines\n")
    (tmp_path / "a.jsonl").write_bytes(b'{"text":"x"}\n\n"bare \\u00e9"\nnull\n')
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress(b'{"text":"z"}'))
    (tmp_path / "ignored.csv").write_bytes(b"no")
    assert _values(str(tmp_path)) == [
        b'{"text":"x"}',
        "bare é".encode(),
        b"null",
        b"one article\nof two lines\n",
        b'{"text":"z"}',
    ]


def test_an_object_line_keeps_its_bytes(tmp_path: Path) -> None:
    line = b'{"text" :  "x", "text":"\\ud800"}'
    (tmp_path / "a.jsonl").write_bytes(line + b"\r\n")
    assert _values(str(tmp_path / "a.jsonl")) == [line]


def test_standard_input_is_jsonl(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = SimpleNamespace(buffer=io.BytesIO(b'{"text":"x"}\n"y"\n'))
    monkeypatch.setattr("sys.stdin", stdin)
    assert _values("-") == [b'{"text":"x"}', b"y"]


def test_the_origin_names_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"1\n2\n")
    assert [s.origin for s in find([str(path)])] == [f"{path}:1", f"{path}:2"]


def test_a_gzip_cut_short_is_reported_and_the_next_input_is_read(tmp_path: Path) -> None:
    whole = gzip.compress(b'{"text":"x"}\n' * 10_000)
    (tmp_path / "a.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "b.txt").write_bytes(b"next")
    sources = find([str(tmp_path)])
    values = [s.record.value for s in sources]
    assert values[-1] == b"next"
    assert len(sources.failed) == 1
    assert "a.jsonl.gz" in sources.failed[0]


@pytest.mark.parametrize("name", ["missing.jsonl", "wrong.csv", "empty"])
def test_an_unusable_input_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "wrong.csv").touch()
    with pytest.raises(InputError, match=name):
        find([str(tmp_path / name)])


def test_bytes_read_reach_the_total(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"1\n2\n")
    (tmp_path / "b.txt").write_bytes(b"three")
    sources = find([str(tmp_path)])
    assert sources.total_bytes == len(b"1\n2\n") + len(b"three")
    assert list(sources)
    assert sources.read_bytes == sources.total_bytes
