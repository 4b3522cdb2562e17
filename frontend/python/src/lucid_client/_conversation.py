"""One connection of a session: what is heard over it, and what is said."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, cast

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from ._closing import SESSION_ENDED, Decision, decide_after_close, decide_after_silence
from ._event_buffer import EventBuffer
from ._feed import Attached, Feed, Frame, Heed, Reconnect, Refuse, Show, is_event, is_last_event
from ._outbox import Outbox
from ._typing import TypeAlias
from .backoff import Backoff
from .errors import LucidError, error_of_frame, session_ended
from .events import Heard, Transient
from .models import AckEvent

ROOM_TIMEOUT_S = 1
"""How long the reading waits for somebody to take events, before it goes on without them."""


class PendingAnswer(Protocol):
    """A future, of asyncio or of another thread."""

    def done(self) -> bool: ...
    def set_result(self, result: AckEvent, /) -> object: ...
    def set_exception(self, exception: BaseException, /) -> object: ...


@dataclass(frozen=True)
class Hearers:
    """Who is told what."""

    event: Callable[[Heard], None]
    transient: Callable[[Transient], None]
    error: Callable[[LucidError], None]
    attached: Callable[[], None]
    settled: Callable[[], None]
    """There is one command less."""


@dataclass
class Shared:
    """What a session keeps from connection to connection."""

    feed: Feed
    outbox: Outbox[PendingAnswer]
    buffer: EventBuffer
    something_said: asyncio.Event
    backoff: Backoff
    has_ended_unread: bool = False
    """The session has ended, and its last events are left with the engine until there is room."""

    def fail_commands(self, error: LucidError) -> bool:
        """@returns whether there were any"""
        commands = self.outbox.take_all()
        for command in commands:
            if not command.answer.done():
                command.answer.set_exception(error)
        return commands != []


@dataclass(frozen=True)
class RoomAgain:
    """Events were left with the engine since there was no room; now there is."""


Next: TypeAlias = Decision | RoomAgain | Reconnect


class Conversation:
    def __init__(self, socket: ClientConnection, shared: Shared, hearers: Hearers) -> None:
        self._socket = socket
        self._shared = shared
        self._hearers = hearers
        self._refusal: LucidError | None = None
        self._sending: asyncio.Task[None] | None = None
        self._is_skimming = False

    async def hold(self) -> Next:
        """@returns what to do behind its end"""
        try:
            return await self._listen()
        except ConnectionClosed as closed:
            if closed.rcvd is None and closed.sent is not None and closed.sent.code == CloseCode.INTERNAL_ERROR:
                return decide_after_silence()  # The library closes so when a ping isn't answered.
            code, reason = (None, "") if closed.rcvd is None else (closed.rcvd.code, closed.rcvd.reason)
            if self._is_skimming and code == SESSION_ENDED and self._shared.has_ended_unread:
                await self._shared.buffer.wait_for_room()
                return RoomAgain()
            return decide_after_close(code, reason, self._refusal)
        finally:
            if self._sending is not None:
                self._sending.cancel()
            await self._socket.close()

    # What is heard.

    async def _listen(self) -> Next:
        while (text := await self._receive()) is not None:
            frame = parse(text)
            self._settle_acknowledged(frame)
            if self._is_skimming and is_event(frame):
                self._skim(frame)
                continue
            for verdict in self._shared.feed.receive(frame):
                if isinstance(verdict, Heed):
                    self._hearers.event(verdict.what)
                elif isinstance(verdict, Show):
                    self._hearers.transient(verdict.what)
                elif isinstance(verdict, Refuse):
                    self._refuse(verdict.frame)
                elif isinstance(verdict, Attached):
                    self._hearers.attached()
                    self._sending = self._sending or asyncio.create_task(self._send_commands())
                else:
                    return verdict
        return RoomAgain()

    def _skim(self, frame: Frame) -> None:
        """An event that comes again when there is room. Behind the last, nothing that was said is answered any more."""
        if is_last_event(frame):
            self._shared.has_ended_unread = True
            error = session_ended()
            if self._shared.fail_commands(error):
                self._hearers.error(error)
            self._hearers.settled()

    async def _receive(self) -> str | bytes | None:
        """The next frame. None where events were left with the engine, and there is room for them again.

        While there is none, everything else is heard: who waits for an answer may be the one that doesn't take events.
        """
        if not self._is_skimming:
            if not self._shared.buffer.is_full or await self._has_room_soon():
                return await self._socket.recv()
            self._is_skimming = True
        room = asyncio.create_task(self._shared.buffer.wait_for_room())
        receiving = asyncio.create_task(self._socket.recv())
        try:
            await asyncio.wait({room, receiving}, return_when=asyncio.FIRST_COMPLETED)
            return None if room.done() else receiving.result()
        finally:
            for task in (room, receiving):
                task.cancel()
            await asyncio.gather(room, receiving, return_exceptions=True)

    async def _has_room_soon(self) -> bool:
        try:
            await asyncio.wait_for(self._shared.buffer.wait_for_room(), ROOM_TIMEOUT_S)
            return True
        except (TimeoutError, asyncio.TimeoutError):
            return False

    def _settle_acknowledged(self, frame: Frame) -> None:
        if frame["type"] != "ack" or not isinstance(frame.get("id"), str):
            return
        command = self._shared.outbox.settle(frame["id"])
        if command is None:
            return
        if not command.answer.done():
            command.answer.set_result(cast(AckEvent, frame))
        self._hearers.settled()
        self._shared.something_said.set()

    def _refuse(self, frame: Frame) -> None:
        error = error_of_frame(frame)
        outbox, command_id = self._shared.outbox, frame.get("id")
        command = outbox.find(command_id) if isinstance(command_id, str) else None
        if command is None:
            self._refusal = error  # The close that follows says what becomes of it.
            return
        if error.code == "sessionEnded":
            return  # It may be what has ended it, said again: then its acknowledgement comes with the other events.
        if error.retryable:
            delay_ms = self._shared.backoff.delay_ms(command.refusals + 1, error.retry_after_ms)
            outbox.postpone(command, asyncio.get_running_loop().time() + delay_ms / 1000)
        else:
            outbox.settle(command.id)
            if not command.answer.done():
                command.answer.set_exception(error)
            self._hearers.settled()
        self._hearers.error(error)
        self._shared.something_said.set()

    # What is said.

    async def _send_commands(self) -> None:
        loop = asyncio.get_running_loop()
        something_said = self._shared.something_said
        try:
            while True:
                something_said.clear()
                due, again_at = self._shared.outbox.take_due(loop.time())
                for command in due:
                    await self._socket.send(command.text)
                waking = loop.call_at(again_at, something_said.set) if again_at is not None else None
                await something_said.wait()
                if waking is not None:
                    waking.cancel()
        except ConnectionClosed:
            return  # Who listens hears of it, too.


def parse(text: str | bytes) -> Frame:
    try:
        frame: Any = json.loads(text)
        if isinstance(frame["type"], str):
            return cast(Frame, frame)
    except (ValueError, KeyError, TypeError):
        pass  # Said below, with the others.
    said = "A frame isn't of the engine: does something stand in between?"
    raise LucidError("badAnswer", said, retryable=True)
