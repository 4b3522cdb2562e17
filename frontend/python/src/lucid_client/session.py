"""A session, followed without an event loop of one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Literal, overload

from ._calls import DecisionName, MessageOptions, camel_keys, decision_fields
from ._loop_thread import LoopThread
from ._outbox import CommandType
from ._typing import Self, Unpack
from .async_session import AsyncSession
from .errors import LucidError
from .events import Event, Gap, Heard, Transient
from .models import AckEvent
from .state import Snapshot, Store


class Session:
    """Iterating over it gives every event once and in order, over any number of lost connections; the end of the session ends
    it, and what keeps the client away for good is raised as `LucidError`. One iteration at a time. Listeners are called on the
    client's own thread: they may send, but not wait."""

    def __init__(self, followed: AsyncSession, thread: LoopThread) -> None:
        self._followed = followed
        self._thread = thread

    @property
    def id(self) -> str:
        """By which `attach` and REST know it."""
        return self._followed.id

    @property
    def session_id(self) -> str:
        """The same as `id`."""
        return self._followed.id

    @property
    def state(self) -> Store:
        return self._followed.state

    def __iter__(self) -> Iterator[Heard]:
        return self

    def __next__(self) -> Heard:
        event = self._thread.run(self._take())
        if event is None:
            raise StopIteration
        return event

    async def _take(self) -> Heard | None:
        return await anext(self._followed, None)

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
    def on(self, name: Any, listener: Callable[[Any], object]) -> Callable[[], None]:
        """Calls `listener` with each; returns what ends that. `error` hears also what is tried again by itself, which is
        logged as a warning where nobody listens for it.

        With a listener for `event`, nothing is kept for an iteration that hasn't begun.
        """
        remove = self._thread.call(lambda: self._followed.on(name, listener))
        return lambda: self._thread.call(remove)

    def send(self, text: str, *, id: str | None = None, **options: Unpack[MessageOptions]) -> Future[AckEvent]:
        """One more message of the user: sent now or, where the connection is away, once it is back; once in any case.

        Its `result()` is the event that acknowledges it; nobody has to ask. @raises LucidError where it can't be said
        """
        return self._say("message", {**camel_keys(options), "content": text}, id)

    def answer(self, tool_call_id: str, content: str, *, id: str | None = None) -> Future[AckEvent]:
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
    ) -> Future[AckEvent]:
        """Decides about a call that wants an approval, or about a plan. `input` is what the call is run with instead."""
        return self._say("decide", decision_fields(tool_call_id, decision, message, input), id)

    def interrupt(self) -> Future[AckEvent]:
        """Ends the turn. The session goes on with the next message."""
        return self._say("interrupt", {}, None)

    def stop(self) -> Future[AckEvent]:
        """Ends the session for good."""
        return self._say("stop", {}, None)

    def _say(self, kind: CommandType, fields: dict[str, Any], command_id: str | None) -> Future[AckEvent]:
        answer: Future[AckEvent] = Future()
        self._thread.call(lambda: self._followed._say_for(answer, kind, fields, command_id))
        return answer

    def detach(self) -> None:
        """Lets the session go; it works on. What wasn't acknowledged by then fails with `detached`."""
        self._thread.run(self._followed.detach())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.detach()
