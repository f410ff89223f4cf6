"""Arrays in a folder, one .npy each, mapped and not read: a page is in memory once it is used.

Texts are lines in an array of bytes. The same arrays give the same files.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]


def save(folder: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write the arrays and remove those of before."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.npy"):
        old.unlink()
    for name, values in arrays.items():
        np.save(folder / f"{name}.npy", np.ascontiguousarray(values), allow_pickle=False)


def load(folder: Path) -> dict[str, NDArray[Any]]:
    """The arrays that `save` wrote, read-only.

    Raises:
        FileNotFoundError: the folder is not there or has none.
    """
    found = {path.stem: np.load(path, mmap_mode="r") for path in sorted(folder.glob("*.npy"))}
    if not found:
        raise FileNotFoundError(f"no model files in {folder}")
    return {name: np.asarray(values) for name, values in found.items()}


def packed(lines: Iterable[str]) -> NDArray[np.uint8]:
    """Lines as bytes."""
    return np.frombuffer("".join(line + "\n" for line in lines).encode(), np.uint8)


def lines_of(values: NDArray[np.uint8]) -> list[str]:
    """The lines that were packed."""
    return values.tobytes().decode().split("\n")[:-1]


def hashes(words: Iterable[str]) -> Hashes:
    """A number for each word, equal for equal ones and practically never for others."""
    return np.fromiter((xxhash.xxh3_64_intdigest(word.encode()) for word in words), np.uint64)


class Index:
    """Numbers of words without the words: where each one's hash is in a sorted array.

    Raises:
        ValueError: two words have the same hash.
    """

    __slots__ = ("_sorted",)

    def __init__(self, ordered: Hashes) -> None:
        self._sorted = ordered

    @staticmethod
    def order(words: Iterable[str]) -> tuple[Hashes, Ints]:
        """The sorted hashes of distinct words, and the words' numbers in that order."""
        found = hashes(words)
        order = np.argsort(found)
        ordered = found[order]
        if (ordered[1:] == ordered[:-1]).any():
            raise ValueError("two words have the same hash")
        return ordered, order

    def number(self, word: str) -> int:
        """The number of one word, or -1."""
        wanted = np.uint64(xxhash.xxh3_64_intdigest(word.encode()))
        at = int(self._sorted.searchsorted(wanted))
        return at if at < len(self._sorted) and self._sorted[at] == wanted else -1

    def find(self, words: Iterable[str]) -> Ints:
        """The number of every word, -1 for one that is not here."""
        wanted = hashes(words)
        if not len(self._sorted):
            return np.full(len(wanted), -1)
        at = np.searchsorted(self._sorted, wanted)
        at[at == len(self._sorted)] = 0
        found: Ints = np.where(self._sorted[at] == wanted, at, -1)
        return found


class Classes:
    """The classes of words, such as `256.17` or `surname`, by the words' hashes.

    `codes` (V, K) are numbers of `names`, -1 where a word has fewer than K.
    """

    __slots__ = ("_codes", "_index", "_names")

    def __init__(self, ordered: Hashes, codes: NDArray[np.int16], names: list[str]) -> None:
        self._index, self._codes, self._names = Index(ordered), codes, names

    def get(self, word: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """The classes of a word, `default` if it is not known."""
        at = int(self._index.find((word,))[0])
        return tuple(self._of(at)) if at >= 0 else default

    def _of(self, at: int) -> Iterator[str]:
        return (self._names[code] for code in self._codes[at].tolist() if code >= 0)

    @staticmethod
    def arrays(classes: Mapping[str, tuple[str, ...]]) -> dict[str, NDArray[Any]]:
        """What `Classes` needs, for a file: class_words, class_codes, class_names."""
        names = sorted({name for some in classes.values() for name in some})
        number = {name: n for n, name in enumerate(names)}
        width = max(map(len, classes.values()))
        codes = np.full((len(classes), width), -1, np.int16)
        for row, some in zip(codes, classes.values(), strict=True):
            row[: len(some)] = [number[name] for name in some]
        ordered, order = Index.order(classes)
        return {"class_words": ordered, "class_codes": codes[order], "class_names": packed(names)}
