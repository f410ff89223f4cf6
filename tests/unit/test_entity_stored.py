from pathlib import Path

import numpy as np
import pytest

from streams.stages.entities import stored


def test_arrays_come_back_and_older_ones_do_not(tmp_path: Path) -> None:
    lines = ["one", "", "z\u00fcrich"]
    stored.save(tmp_path / "m", {"old": np.ones(2)})
    stored.save(tmp_path / "m", {"n": np.arange(6).reshape(2, 3), "t": stored.packed(lines)})
    found = stored.load(tmp_path / "m")
    assert found.keys() == {"n", "t"}
    assert found["n"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert stored.lines_of(found["t"]) == lines
    assert stored.lines_of(stored.packed([])) == []


def test_a_folder_without_files_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="absent"):
        stored.load(tmp_path / "absent")


def test_an_index_finds_words_and_nothing_else() -> None:
    words = [f"w{n}" for n in range(1000)]
    ordered, order = stored.Index.order(words)
    index = stored.Index(ordered)
    assert [words[order[n]] for n in index.find(words)] == words
    assert index.find(["x", "", "w1000"]).tolist() == [-1, -1, -1]
    with pytest.raises(ValueError, match="same hash"):
        stored.Index.order(["a", "b", "a"])


def test_classes_of_words() -> None:
    given = {"rio": ("64.1", "given"), "lima": ("64.2",), "x": ("64.1", "256.3", "given")}
    file = stored.Classes.arrays(given)
    names = stored.lines_of(file["class_names"])
    classes = stored.Classes(file["class_words"], file["class_codes"], names)
    assert {word: classes.get(word, ()) for word in given} == given
    assert classes.get("oslo", ("0",)) == ("0",)
