"""A session, followed from an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from types import TracebackType
from typing import Any, Literal, overload

from ._call import make_key
from ._calls import DecisionName, MessageOptions, camel_keys, decision_fields
from ._conversation import PendingAnswer
from ._event_buffer import EventBuffer
from ._follower import Follower, Way
from ._listeners import Listeners
from ._outbox import Command, CommandType
from ._typing import Self, Unpack
from ._warnings import Warnings
from .errors import LucidError
from .events import Event, Gap, Heard, Position, Transient
from .models import AckEvent
from .state import Snapshot, Store


class AsyncSession:
    """Iterating over it gives every event once and in order, over any number of lost connections; the end of the session ends
    it, and what keeps the client away for good is raised as `LucidError`. One iteration at a time."""

    def __init__(self, session_id: str, position: Position, way: Way) -> None:
        self._id = session_id
        self._events = Listeners[Event]()
        self._gaps = Listeners[Gap]()
        self._transients = Listeners[Transient]()
        self._errors = Listeners[LucidError]()
        self._warnings = Warnings(session_id)
        self._is_iterated = False
        self._buffer = EventBuffer()
        self._follower = Follower(session_id, position, way, self._buffer, self._hear, self._transients.tell, self._tell_error)
        self._following = asyncio.create_task(self._follower.run())

    @property
    def id(self) -> str:
        """By which `attach` and REST know it."""
        return self._id

    @property
    def session_id(self) -> str:
        """The same as `id`."""
        return self._id

    @property
    def state(self) -> Store:
        return self._follower.state

    # What is heard.

    def __aiter__(self) -> AsyncIterator[Heard]:
        return self

    async def __anext__(self) -> Heard:
        self._is_iterated = True
        event = await self._buffer.take()
        if event is None:
            raise StopAsyncIteration
        return event

    @overload
    def on(self, name: Literal["event"], listener: Callable[[Event], object]) -> Callable[[], None]: ...
    @overload
    def on(self, name: Literal["gap"], listener: Callable[[Gap], object]) -> Callable[[], None]: ...
    @overload
    def on(self, name: Literal["transient"], listener: Callable[[Transient], object]) -> Callable[[], None]: ...
    @overload
    def on(self, name: Literal["error"], listener: Callable[[LucidError], object]) -> Callable[[], None]: ...
    @overload
    def on(self, name: Literal["state"], listener: Callable[[Snapshot], object]) -> Callable[[], None]: ...
    def on(self, name: str, listener: Callable[[Any], object]) -> Callable[[], None]:
        """Calls `listener` with each; returns what ends that. `error` hears also what is tried again by itself, which is
        logged as a warning where nobody listens for it.

        With a listener for `event`, nothing is kept for an iteration that hasn't begun.
        """
        if name == "event":
            remove = self._events.add(listener)
            if not self._is_iterated:
                for kept in self._buffer.take_all():
                    self._tell(kept)
            return remove
        listeners: dict[str, Listeners[Any]] = {
            "gap": self._gaps,
            "transient": self._transients,
            "error": self._errors,
        }
        return self.state.subscribe(listener) if name == "state" else listeners[name].add(listener)

    def _hear(self, event: Heard) -> None:
        if self._is_iterated or not self._events:
            self._buffer.put(event)
        self._tell(event)

    def _tell(self, event: Heard) -> None:
        if event["type"] == "gap":
            self._gaps.tell(event)
        else:
            self._events.tell(event)

    def _tell_error(self, error: LucidError) -> None:
        if self._errors:
            self._errors.tell(error)
        elif error.retryable:
            self._warnings.warn(error)

    # What is said.

    def send(self, text: str, *, id: str | None = None, **options: Unpack[MessageOptions]) -> asyncio.Future[AckEvent]:
        """One more message of the user: sent now or, where the connection is away, once it is back; once in any case.

        Awaiting it gives the event that acknowledges it; nobody has to. @raises LucidError where it can't be said
        """
        return self._say("message", {**camel_keys(options), "content": text}, id)

    def answer(self, tool_call_id: str, content: str, *, id: str | None = None) -> asyncio.Future[AckEvent]:
        """Answers the question of this call: `waitingFor` of its event says what is asked."""
        return self._say("answer", {"toolCallId": tool_call_id, "content": content}, id)

    def decide(
        self,
        tool_call_id: str,
        decision: DecisionName,
        *,
        message: str | None = None,
        input: Mapping[str, Any] | None = None,
        id: str | None = None,
    ) -> asyncio.Future[AckEvent]:
        """Decides about a call that wants an approval, or about a plan. `input` is what the call is run with instead."""
        return self._say("decide", decision_fields(tool_call_id, decision, message, input), id)

    def interrupt(self) -> asyncio.Future[AckEvent]:
        """Ends the turn. The session goes on with the next message."""
        return self._say("interrupt", {}, None)

    def stop(self) -> asyncio.Future[AckEvent]:
        """Ends the session for good."""
        return self._say("stop", {}, None)

    def _say(self, kind: CommandType, fields: dict[str, Any], command_id: str | None) -> asyncio.Future[AckEvent]:
        answer: asyncio.Future[AckEvent] = asyncio.get_running_loop().create_future()
        answer.add_done_callback(mark_read)
        self._say_for(answer, kind, fields, command_id)
        return answer

    def _say_for(self, answer: PendingAnswer, kind: CommandType, fields: dict[str, Any], command_id: str | None) -> None:
        self._follower.say(Command(kind, command_id or make_key(), fields, answer))

    # The end.

    async def detach(self) -> None:
        """Lets the session go; it works on. What wasn't acknowledged by then fails with `detached`."""
        self._follower.finish(LucidError("detached", "The client has let the session go."))
        self._following.cancel()
        await asyncio.wait([self._following])

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.detach()


def mark_read(answer: asyncio.Future[AckEvent]) -> None:
    """Listeners for `error` hear what goes wrong, so that nobody has to await an answer."""
    if not answer.cancelled():
        answer.exception()
