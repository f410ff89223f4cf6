"""The shipped linear model: features, weights of one byte each, calibration."""

import gzip
import io
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from streams.stages.subjects import taxonomy

FORMAT = 2
FILE = "model.bin.gz"
PAIR_SLOTS = 1 << 20
_MIX_LEFT, _MIX_RIGHT = 0x9E3779B1, 0x85EBCA77

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


def pair_slot(left: Ints, right: Ints) -> Ints:
    """The slot of a pair of word ids in a table of `PAIR_SLOTS`; one pair may own a slot."""
    mixed = left * _MIX_LEFT + right * _MIX_RIGHT
    slot: Ints = (mixed ^ (mixed >> 20)) & (PAIR_SLOTS - 1)
    return slot


@dataclass(slots=False, frozen=True)
class Model:
    """Shapes: V words, P pairs, R = V + P features (rows), C topics (columns).

    The score of topic c is `bias[c] + scale[c] * sum(weights[r, c] * value(r))` over the
    text's features with values of Euclidean length 1; its confidence is
    `1 / (1 + exp(-(slope[c] * score + offset[c])))`. Of the columns in `rivals` the one with the
    highest score leads a text: to its slope and offset and to those of the topics below it
    `surest_slope[c]` and `surest_offset[c]` are added.
    """

    codes: tuple[str, ...]
    words: tuple[str, ...]
    pairs: NDArray[np.int32]
    idf: Floats
    weights: NDArray[np.int8]
    scale: Floats
    bias: Floats
    slope: Floats
    offset: Floats
    surest_slope: Floats
    surest_offset: Floats
    threshold: Floats
    rivals: Ints

    @cached_property
    def vocabulary(self) -> dict[str, int]:
        """Folded word to its row."""
        return {word: row for row, word in enumerate(self.words)}

    @cached_property
    def slots(self) -> NDArray[np.int32]:
        """Row of the pair that owns each slot, -1 for none."""
        table = np.full(PAIR_SLOTS, -1, np.int32)
        pairs = self.pairs.astype(np.int64)
        table[pair_slot(pairs[:, 0], pairs[:, 1])] = len(self.words) + np.arange(len(pairs))
        return table

    @cached_property
    def led(self) -> NDArray[np.bool_]:
        """(rivals, topics): whether the topic is the rival, or below it and no rival itself."""
        rivals = [self.codes[column] for column in self.rivals.tolist()]
        lines = [(c,) if c in rivals else taxonomy.lineage(c) for c in self.codes]
        every = [rival in line for rival in rivals for line in lines]
        return np.array(every, np.bool_).reshape(len(rivals), len(lines))

    def pair_rows(self, left: Ints, right: Ints) -> Ints:
        """The row of each pair of word ids, -1 for a pair that is no feature."""
        if not len(self.pairs):
            return np.full(len(left), -1, np.int64)
        row = self.slots[pair_slot(left, right)].astype(np.int64)
        owner = self.pairs[np.maximum(row - len(self.words), 0)]
        row[(row < 0) | (owner[:, 0] != left) | (owner[:, 1] != right)] = -1
        return row


_ARRAYS = (
    *("pairs", "idf", "weights", "scale", "bias"),
    *("slope", "offset", "surest_slope", "surest_offset", "threshold", "rivals"),
)


def dump(model: Model) -> bytes:
    """The model as bytes; the same model gives the same bytes."""
    buffer = io.BytesIO()
    header = "\n".join([str(FORMAT), " ".join(model.codes), *model.words]).encode()
    np.save(buffer, np.frombuffer(header, np.uint8))
    for name in _ARRAYS:
        np.save(buffer, np.asfortranarray(getattr(model, name)))
    return gzip.compress(buffer.getvalue(), 6, mtime=0)


def parse(data: bytes) -> Model:
    """The model in `data`.

    Raises:
        ValueError: another format.
    """
    buffer = io.BytesIO(gzip.decompress(data))
    version, codes, *words = np.load(buffer).tobytes().decode().split("\n")
    if int(version) != FORMAT:
        raise ValueError(f"subject model of format {version}, this code reads {FORMAT}")
    arrays = {name: np.ascontiguousarray(np.load(buffer)) for name in _ARRAYS}
    return Model(codes=tuple(codes.split()), words=tuple(words), **arrays)


def load(path: Path | None = None) -> Model:
    """The model at `path`, else the one that ships."""
    return parse((path or Path(str(files(__package__)))).joinpath(FILE).read_bytes())
