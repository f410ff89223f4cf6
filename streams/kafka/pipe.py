"""Messages between the event loop and a child process: the loop never waits, the child does.

A message is its length in eight bytes, then a pickle. Threads on our side, as multiprocessing's
connections need them, cost two waits for the interpreter lock a job: 8 ms where this takes 1.
"""

import asyncio
import pickle
import socket
import struct
from typing import Any

_LENGTH = struct.Struct("!Q")
_BUFFER = 1 << 22


class LoopEnd:
    """Our end; made by `open_pipe`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, message: Any) -> None:
        """Return when the child's socket has taken most of it.

        Raises:
            OSError: the child's end is known to be closed.
        """
        content = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        self._writer.write(_LENGTH.pack(len(content)))
        self._writer.write(content)
        await self._writer.drain()

    async def receive(self) -> Any:
        """The next message.

        Raises:
            EOFError: there is none: the child's end is closed.
            OSError: as by the operating system.
        """
        (length,) = _LENGTH.unpack(await self._reader.readexactly(_LENGTH.size))
        return pickle.loads(await self._reader.readexactly(length))  # noqa: S301 - our own child

    def close(self) -> None:
        """Let go; who waits in `receive` gets its EOFError."""
        self._writer.close()


class ChildEnd:
    """The child's end; it blocks. Can be given to a process that is spawned."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end

    def send(self, message: Any) -> None:
        """Return when all is written.

        Raises:
            OSError: the other end is closed.
        """
        content = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        self._socket.sendall(_LENGTH.pack(len(content)))
        self._socket.sendall(content)

    def receive(self) -> Any:
        """The next message.

        Raises:
            EOFError: the other end is closed.
            OSError: as by the operating system.
        """
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size))
        return pickle.loads(self._exactly(length))  # noqa: S301 - our own parent

    def _exactly(self, length: int) -> bytearray:
        content = bytearray(length)
        view = memoryview(content)
        while view:
            count = self._socket.recv_into(view)
            if not count:
                raise EOFError
            view = view[count:]
        return content

    def close(self) -> None:
        """Close this process's copy."""
        self._socket.close()


async def open_pipe() -> tuple[LoopEnd, ChildEnd]:
    """Both ends of a new pipe."""
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_unix_connection(sock=ours, limit=_BUFFER)
    return LoopEnd(reader, writer), ChildEnd(theirs)
