"""Write the tagger's model files: weights in bytes with a scale a row, reproducible."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.stages.entities import stored
from streams.training.entities.dataset import Lexicon
from streams.training.entities.trainer import Parameters
from streams.training.entities.twins import SecondPass

TARGET = Path(__file__).parents[2] / "stages" / "entities" / "data" / "model"


def _quantised(values: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    flat = values.reshape(len(values), -1)
    scale = np.maximum(np.abs(flat).max(1), 1e-6).astype(np.float32) / np.float32(127)
    return np.rint(flat / scale[:, None]).astype(np.int8), scale


def export(
    folder: Path,
    model: tuple[Sequence[str], Parameters, SecondPass],
    lexicon: Lexicon,
    clusters: Mapping[str, tuple[str, ...]],
    meta: Mapping[str, Any],
) -> None:
    """Write the first head of the parameters, with the second pass, as the shipped model."""
    names, p, second = model
    linear, linear_scale = _quantised(p.linear[0])
    inner, inner_scale = _quantised(p.inner)
    hashes, order = stored.Index.order(names)
    arrays: dict[str, NDArray[Any]] = {
        "names": hashes,
        "linear": linear[order],
        "linear_scale": linear_scale[order],
        "inner": inner[order],
        "inner_scale": inner_scale[order],
        "spread": p.spread,
        "bias": p.bias,
        "output": p.output[0],
        "transitions": p.transitions[0],
        "echo": np.stack(second.echo),
        "second_transitions": second.transitions,
        "links": stored.packed(sorted(lexicon.links)),
        "cores": stored.packed(sorted(lexicon.cores)),
        "meta": np.frombuffer(json.dumps(meta, sort_keys=True).encode(), np.uint8),
    }
    stored.save(folder, arrays | stored.Classes.arrays(clusters))
