"""Write the tagger's model file: half precision, scaled, the same bytes for the same weights."""

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

TARGET = Path(__file__).parents[2] / "stages" / "entities" / "data" / "model.npz"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def _packed(lines: Iterable[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(lines).encode(), np.uint8)


def _half(values: NDArray[np.float32]) -> tuple[NDArray[np.float16], NDArray[np.float32]]:
    scale = np.float32(max(float(np.abs(values).max(initial=0.0)), 1e-6) / 100)
    return (values / scale).astype(np.float16), np.asarray(scale)


def save_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """An .npz whose bytes depend on the arrays only (no times)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, values in arrays.items():
            raw = BytesIO()
            np.lib.format.write_array(raw, np.ascontiguousarray(values), allow_pickle=False)
            archive.writestr(
                zipfile.ZipInfo(f"{name}.npy", _EPOCH), raw.getvalue(), zipfile.ZIP_DEFLATED
            )


def export(
    path: Path,
    names: Sequence[str],
    p: Parameters,
    lexicon: Lexicon,
    clusters: Mapping[str, tuple[str, ...]],
    meta: Mapping[str, Any],
) -> None:
    """Write the first head of `p` as the shipped model."""
    linear, linear_scale = _half(p.linear[0])
    inner, inner_scale = _half(p.inner)
    path.parent.mkdir(exist_ok=True)
    save_arrays(
        path,
        {
            "names": _packed(names),
            "linear": linear,
            "linear_scale": linear_scale,
            "inner": inner,
            "inner_scale": inner_scale,
            "spread": p.spread,
            "bias": p.bias,
            "output": p.output[0],
            "transitions": p.transitions[0],
            "clusters": _packed("\t".join((w, *c)) for w, c in sorted(clusters.items())),
            "links": _packed(sorted(lexicon.links)),
            "cores": _packed(sorted(lexicon.cores)),
            "meta": _packed([json.dumps(meta, sort_keys=True)]),
        },
    )
