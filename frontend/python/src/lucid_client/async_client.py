"""A client of one engine, for programs with an event loop."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from urllib.parse import quote, urlsplit
from weakref import WeakSet

from ._async_resources import AsyncChats, AsyncFiles, AsyncSessions, AsyncWebhooks
from ._attached_files import AttachedFile
from ._calls import SessionSettings
from ._dial import Address
from ._follower import Way
from ._token import Token, TokenSource
from ._transport import Transport
from ._typing import Self, Unpack
from .async_session import AsyncSession
from .backoff import Backoff
from .errors import LucidError
from .events import Position


class AsyncClient:
    """`create_async_client` makes one."""

    def __init__(
        self, base_url: str, tokens: TokenSource, headers: dict[str, str], backoff: Backoff, give_up_after_ms: int | None
    ) -> None:
        self._transport = Transport(base_url, tokens, headers, backoff)
        self._way = Way(Address(base_url), tokens, backoff, give_up_after_ms)
        self._sessions: WeakSet[AsyncSession] = WeakSet()
        self.sessions = AsyncSessions(self._transport.send)
        self.chats = AsyncChats(self._transport.send)
        self.files = AsyncFiles(self._transport.send)
        self.webhooks = AsyncWebhooks(self._transport.send)

    async def open(
        self,
        task: str,
        *,
        files: Sequence[AttachedFile] = (),
        idempotency_key: str | None = None,
        **settings: Unpack[SessionSettings],
    ) -> AsyncSession:
        """Makes a session for the task and its files, once however often that has to be tried, and follows it."""
        self._check_token()  # Before a session is made that couldn't be followed.
        made = await self.sessions.create(task, auto_start=True, files=files, idempotency_key=idempotency_key, **settings)
        return self.attach(made["sessionId"])

    def attach(self, session_id: str, *, epoch: int | None = None, last_sequence: int = 0) -> AsyncSession:
        """Follows a session behind the event that was handled last, which says both; from the first event on without."""
        self._check_token()
        session = AsyncSession(session_id, Position(epoch, last_sequence), self._way)
        self._sessions.add(session)
        return session

    def _check_token(self) -> None:
        if not self._way.tokens.has_any:
            raise LucidError("noToken", "Sessions are followed with a token; user_id counts over REST only.")

    async def close(self) -> None:
        """Lets all sessions go; they work on."""
        for session in list(self._sessions):
            await session.detach()
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def create_async_client(
    base_url: str,
    *,
    token: Token | None = None,
    user_id: str | None = None,
    internal_key: str | None = None,
    backoff: Backoff | None = None,
    give_up_after_ms: int | None = None,
) -> AsyncClient:
    """`token`: a JWT, or a function that gives one. A back end may call for a user instead, with `user_id` and `internal_key`;
    over REST only. `give_up_after_ms`: how long a session's connection may be away; for ever without."""
    if urlsplit(base_url).scheme not in ("http", "https"):
        raise ValueError("base_url: must begin with http:// or https://")
    headers = {}
    if user_id is not None:
        headers["X-User-ID"] = encode_user(user_id)
    if internal_key is not None:
        headers["X-Internal-Key"] = internal_key
    return AsyncClient(base_url, TokenSource(token), headers, backoff or Backoff(), give_up_after_ms)


def encode_user(user_id: str) -> str:
    """Visible ASCII as it is; anything else percent-encoded as UTF-8."""
    plain = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) != "%")
    return quote(user_id, safe=plain)
