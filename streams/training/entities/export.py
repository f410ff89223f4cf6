"""Write the tagger's model file: weights in bytes with a scale a row, reproducible."""

import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.training.entities.dataset import Lexicon
from streams.training.entities.trainer import Parameters
from streams.training.entities.twins import SecondPass

TARGET = Path(__file__).parents[2] / "stages" / "entities" / "data" / "model.npz"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def _packed(lines: Iterable[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(lines).encode(), np.uint8)


def _quantised(values: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    flat = values.reshape(len(values), -1)
    scale = np.maximum(np.abs(flat).max(1), 1e-6).astype(np.float32) / np.float32(127)
    return np.rint(flat / scale[:, None]).astype(np.int8), scale


def save_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """An .npz whose bytes depend on the arrays only (no times)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, values in arrays.items():
            raw = BytesIO()
            np.lib.format.write_array(raw, np.ascontiguousarray(values), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", _EPOCH)
            archive.writestr(entry, raw.getvalue(), zipfile.ZIP_DEFLATED)


def export(
    path: Path,
    model: tuple[Sequence[str], Parameters, SecondPass],
    lexicon: Lexicon,
    clusters: Mapping[str, tuple[str, ...]],
    meta: Mapping[str, Any],
) -> None:
    """Write the first head of the parameters, with the second pass, as the shipped model."""
    names, p, second = model
    linear, linear_scale = _quantised(p.linear[0])
    inner, inner_scale = _quantised(p.inner)
    path.parent.mkdir(exist_ok=True)
    arrays: dict[str, NDArray[Any]] = {
        "names": _packed(names),
        "linear": linear,
        "linear_scale": linear_scale,
        "inner": inner,
        "inner_scale": inner_scale,
        "spread": p.spread,
        "bias": p.bias,
        "output": p.output[0],
        "transitions": p.transitions[0],
        "echo": np.stack(second.echo),
        "second_transitions": second.transitions,
        "clusters": _packed("\t".join((w, *c)) for w, c in sorted(clusters.items())),
        "links": _packed(sorted(lexicon.links)),
        "cores": _packed(sorted(lexicon.cores)),
        "meta": _packed([json.dumps(meta, sort_keys=True)]),
    }
    save_arrays(path, arrays)
