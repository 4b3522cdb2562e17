"""A TCP proxy in front of an engine that cuts at any byte, delays, and says things twice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass

from lucid_client._loop_thread import LoopThread

HEAD_END = b"\r\n\r\n"
TEXT = 1


@dataclass(frozen=True)
class Harm:
    """What becomes of one connection."""

    cut_down_after: int | None = None
    """So many bytes from the engine arrive, no more."""
    cut_up_after: int | None = None
    """So many bytes of the client arrive, no more."""
    hold_down_after: int | None = None
    """So many bytes from the engine arrive, and the connection stays open."""
    delay_s: float = 0
    """Each piece waits up to that long."""
    doubles: bool = False
    """Every frame of a WebSocket arrives twice, in both directions."""


class CuttingProxy:
    """Listens on a thread of its own, until `close`."""

    def __init__(self, target_port: int, choose: Callable[[int], Harm] = lambda _: Harm()) -> None:
        """`choose` tells what becomes of the connection with that number, 0 for the first."""
        self.target_port = target_port
        self.choose = choose
        self.connections = 0
        self.cuts = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = LoopThread()
        self._server = self._thread.run(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.port = int(self._server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut_all(self) -> None:
        """Every connection that is open now."""
        self._thread.run(self._cut_open())

    async def _cut_open(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def close(self) -> None:
        self._thread.run(self._end())
        self._thread.close()

    async def _end(self) -> None:
        self._server.close()
        await self._cut_open()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        harm = self.choose(self.connections)
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        target: asyncio.StreamWriter | None = None
        try:
            answers, target = await asyncio.open_connection("127.0.0.1", self.target_port)
            up = asyncio.create_task(self._pass(reader, target, harm, harm.cut_up_after))
            down = asyncio.create_task(self._pass(answers, writer, harm, harm.cut_down_after, harm.hold_down_after))
            try:
                await asyncio.wait([up, down], return_when=asyncio.FIRST_COMPLETED)
            finally:
                for direction in (up, down):
                    direction.cancel()
                await asyncio.gather(up, down, return_exceptions=True)
        except (OSError, asyncio.CancelledError):
            pass  # The engine is away, or the test is over: the client hears that its connection ends.
        finally:
            for stream in (writer, target):
                if stream is not None:
                    stream.transport.abort()
            self._tasks.discard(task)

    async def _pass(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        harm: Harm,
        cut_after: int | None,
        hold_after: int | None = None,
    ) -> None:
        doubling = Doubling() if harm.doubles else None
        passed = 0
        while piece := await source.read(65_536):
            if harm.delay_s > 0:
                await asyncio.sleep(random.uniform(0, harm.delay_s))
            if doubling is not None:
                piece = doubling.double(piece)
            if cut_after is not None and passed + len(piece) >= cut_after:
                target.write(piece[: cut_after - passed])
                await target.drain()
                target.write_eof()  # What was written arrives before the end does.
                self.cuts += 1
                await asyncio.sleep(0.001)
                return
            if hold_after is not None:
                piece = piece[: max(0, hold_after - passed)]
            passed += len(piece)
            target.write(piece)
            await target.drain()


class Doubling:
    """Repeats every text frame behind the head of the upgrade. What isn't whole yet waits."""

    def __init__(self) -> None:
        self._rest = b""
        self._is_upgraded = False

    def double(self, piece: bytes) -> bytes:
        self._rest += piece
        out = b""
        if not self._is_upgraded:
            head, end, self._rest = self._rest.partition(HEAD_END)
            if not end:
                self._rest = head
                return b""
            out, self._is_upgraded = head + end, True
        while length := frame_length(self._rest):
            frame, self._rest = self._rest[:length], self._rest[length:]
            out += frame * 2 if frame[0] & 0x0F == TEXT else frame
        return out


def frame_length(data: bytes) -> int:
    """Of the first frame; 0 where it isn't whole."""
    if len(data) < 2:
        return 0
    mask, size, head = data[1] >> 7, data[1] & 0x7F, 2
    if size >= 126:
        more = 2 if size == 126 else 8
        size, head = int.from_bytes(data[2 : 2 + more], "big"), 2 + more
    whole = head + 4 * mask + size
    return whole if len(data) >= whole else 0
