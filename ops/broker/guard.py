"""Ends a cluster when the process that started it is gone, however that ended.

Run as `python -m ops.broker.guard FOLDER [--keep]`: reads process ids from standard input, one a
line; at the end of the input (the parent closed it, or died) kills those that still run a broker
from FOLDER, then removes FOLDER unless told to keep it.
"""

import shutil
import sys

from ops.broker.process import kill


def main() -> None:
    """Wait for the parent's end, then clean up."""
    folder = sys.argv[1]
    for pid in [int(line) for line in sys.stdin]:
        kill(pid, folder)
    if "--keep" not in sys.argv:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
