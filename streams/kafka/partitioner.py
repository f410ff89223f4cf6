"""Which partition a key goes to: Java's default partitioner, over a batch of keys at once."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from aiokafka.partitioner import murmur2

SEED = 0x9747B28C
M = np.uint32(0x5BD1E995)
FEW = 8
"""Below so many keys of one length the plain function is quicker."""


def hash_keys(keys: Sequence[bytes]) -> list[int]:
    """Non-negative murmur2 of every key, as Java's and every other Kafka client takes it."""
    by_length: dict[int, list[int]] = defaultdict(list)
    for position, key in enumerate(keys):
        by_length[len(key)].append(position)
    hashes = [0] * len(keys)
    for length, positions in by_length.items():
        if length % 4 or not length or len(positions) < FEW:
            found = [murmur2(keys[p]) & 0x7FFFFFFF for p in positions]
        else:
            found = _hash_words(b"".join([keys[p] for p in positions]), length)
        for position, value in zip(positions, found, strict=True):
            hashes[position] = value
    return hashes


def _hash_words(joined: bytes, length: int) -> list[int]:
    words = np.frombuffer(joined, dtype="<u4").reshape(-1, length // 4)
    state: npt.NDArray[np.uint32] = np.full(len(words), SEED ^ length, dtype=np.uint32)
    for column in words.T:
        mixed = column * M
        mixed ^= mixed >> np.uint32(24)
        mixed *= M
        state *= M
        state ^= mixed
    state ^= state >> np.uint32(13)
    state *= M
    state ^= state >> np.uint32(15)
    positive: list[int] = (state & np.uint32(0x7FFFFFFF)).tolist()
    return positive
