"""Free TCP ports on 127.0.0.1, below the range that outgoing connections take."""

import random
import socket

from ops.broker.properties import HOST

LOWEST, HIGHEST = 15_000, 32_000


def is_free(port: int) -> bool:
    """Whether nothing listens on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def free_ports(count: int) -> list[int]:
    """`count` different free ports."""
    found: set[int] = set()
    while len(found) < count:
        port = random.randint(LOWEST, HIGHEST)  # noqa: S311 - no secret
        if is_free(port):
            found.add(port)
    return list(found)
