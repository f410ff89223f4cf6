"""A worker's memory and collector, kept from costing more the longer it runs.

glibc raises its limit for separate mappings each time a large buffer is freed, so that fetched
batches soon lie on the heap among small objects that outlive them, and each thread has a heap of
its own. With a fixed limit and one heap a worker at a steady rate grows by a tenth of what it did
(figures in `kafka/DELIVERY.md`).
"""

import contextlib
import ctypes
import gc

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Names of `malloc.h`, mallopt(3)."""
LARGE = 128 * 1024
"""glibc's own limit in bytes before it begins to move it."""
COLLECT_AFTER = 20_000
"""Objects allocated and not freed until the cycle collector looks."""


def keep_steady() -> None:
    """Fix this process's limits; call before the first thread. Does nothing without glibc."""
    with contextlib.suppress(AttributeError, OSError):
        libc = ctypes.CDLL(None)
        for parameter, value in (
            (_MMAP_THRESHOLD, LARGE),
            (_TRIM_THRESHOLD, LARGE),
            (_ARENA_MAX, 1),
        ):
            libc.mallopt(parameter, value)


def spare_the_collector() -> None:
    """Let the cycle collector look less often, and never at what was loaded at the start.

    A batch allocates thousands of objects and hardly a cycle: at the default of 700 the
    collector takes 3 % of a worker's time to find nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 10, 10)
