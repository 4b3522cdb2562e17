"""A client of one engine, for programs without an event loop."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import TypeVar

from ._attached_files import AttachedFile
from ._call import Call
from ._calls import SessionSettings
from ._loop_thread import LoopThread
from ._sync_resources import Chats, Files, Sessions, Webhooks
from ._token import Token
from ._typing import Self, Unpack
from .async_client import AsyncClient, create_async_client
from .async_session import AsyncSession
from .backoff import Backoff
from .session import Session

Answer = TypeVar("Answer")


class Client:
    """`create_client` makes one. It has a thread of its own until `close`, and may be used from any thread."""

    def __init__(self, client: AsyncClient, thread: LoopThread) -> None:
        self._client = client
        self._thread = thread
        self._is_closed = False
        self.sessions = Sessions(self._send)
        self.chats = Chats(self._send)
        self.files = Files(self._send)
        self.webhooks = Webhooks(self._send)

    def _send(self, call: Call[Answer], /) -> Answer:
        return self._thread.run(self._client._transport.send(call))

    def open(
        self,
        task: str,
        *,
        files: Sequence[AttachedFile] = (),
        idempotency_key: str | None = None,
        **settings: Unpack[SessionSettings],
    ) -> Session:
        """Makes a session for the task and its files, once however often that has to be tried, and follows it."""
        opened = self._thread.run(self._client.open(task, files=files, idempotency_key=idempotency_key, **settings))
        return Session(opened, self._thread)

    def attach(self, session_id: str, *, epoch: int | None = None, last_sequence: int = 0) -> Session:
        """Follows a session behind the event that was handled last, which says both; from the first event on without."""

        def attach() -> AsyncSession:
            return self._client.attach(session_id, epoch=epoch, last_sequence=last_sequence)

        return Session(self._thread.call(attach), self._thread)

    def close(self) -> None:
        """Lets all sessions go; they work on."""
        if not self._is_closed:
            self._is_closed = True
            self._thread.run(self._client.close())
            self._thread.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def create_client(
    base_url: str,
    *,
    token: Token | None = None,
    user_id: str | None = None,
    internal_key: str | None = None,
    backoff: Backoff | None = None,
    give_up_after_ms: int | None = None,
) -> Client:
    """`token`: a JWT, or a function that gives one. A back end may call for a user instead, with `user_id` and `internal_key`;
    over REST only. `give_up_after_ms`: how long a session's connection may be away; for ever without."""
    thread = LoopThread()

    def create() -> AsyncClient:
        return create_async_client(
            base_url,
            token=token,
            user_id=user_id,
            internal_key=internal_key,
            backoff=backoff,
            give_up_after_ms=give_up_after_ms,
        )

    try:
        return Client(thread.call(create), thread)
    except ValueError:
        thread.close()
        raise
