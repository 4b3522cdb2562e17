"""Follows one session over any number of connections, and comes back until it has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection

from ._closing import AskForToken, ComeBack, End, GiveUp
from ._conversation import Conversation, Hearers, Next, PendingAnswer, RoomAgain, Shared
from ._dial import Address, dial
from ._event_buffer import EventBuffer
from ._feed import Feed, Reconnect
from ._outbox import Command, Outbox
from ._token import TokenSource
from .backoff import Backoff
from .errors import LucidError, session_ended
from .events import Heard, Position, Transient
from .state import Snapshot, Store, changes_by

TOKEN_REFUSALS_MAX = 5
"""In a row, until it gives up: a token may expire on its way, and a clock be put right meanwhile."""

TOKEN_FAILURES_MAX = 5
"""In a row, of the function that gives tokens, until it gives up; as often as a call over REST is tried."""

END_TOLD_WITHIN_S = 10
"""An ended session's connection is closed as soon as all events are sent."""


@dataclass(frozen=True)
class Way:
    """How the engine is reached."""

    address: Address
    tokens: TokenSource
    backoff: Backoff
    give_up_after_ms: int | None


class Follower:
    def __init__(
        self,
        session_id: str,
        position: Position,
        way: Way,
        buffer: EventBuffer,
        tell_event: Callable[[Heard], None],
        tell_transient: Callable[[Transient], None],
        tell_error: Callable[[LucidError], None],
    ) -> None:
        self.state = Store(Snapshot(session_id, epoch=position.epoch, sequence=position.sequence))
        self._session_id = session_id
        self._way = way
        self._shared = Shared(Feed(session_id, position), Outbox(), buffer, asyncio.Event(), way.backoff)
        self._hearers = Hearers(self._heed, self._show, tell_error, self._mark_attached, self._show_queue)
        self._tell_event = tell_event
        self._tell_transient = tell_transient
        self._has_ended = False
        self._end_error: LucidError | None = None
        self._failures = 0
        self._away_since: float | None = None
        self._token_refusals = 0
        self._token_failures = 0
        self._ends_unseen = 0
        self._attached_at: float = 0

    # What its user says.

    def say(self, command: Command[PendingAnswer]) -> None:
        """It is sent now or with the next connection. @raises LucidError where that can't be"""
        if self._has_ended or self._shared.has_ended_unread:
            raise self._end_error or session_ended()
        problem = command.find_problem()
        if problem is not None:
            raise LucidError("badMessage", problem)
        if self._shared.outbox.is_full:
            raise LucidError("queueFull", "Too many messages wait for the connection.", retryable=True)
        self._shared.outbox.add(command)
        self._show_queue()
        self._shared.something_said.set()

    def finish(self, error: LucidError | None) -> None:
        """Nothing comes any more."""
        if self._has_ended:
            return
        self._has_ended, self._end_error = True, error
        said_in_vain = error or session_ended()
        if self._shared.fail_commands(said_in_vain) and error is None:
            self._hearers.error(said_in_vain)
        is_detached = error is not None and error.code == "detached"
        connection = "ended" if error is None else "detached" if is_detached else "failed"
        self.state._change(connection=connection, queued=0, problem=None if is_detached else error)
        self._shared.buffer.end(None if is_detached else error)

    # From connection to connection.

    async def run(self) -> None:
        try:
            self.finish(await self._follow())
        except Exception as error:
            self.finish(LucidError("internal", f"The client failed: {error!r}"))
            raise

    async def _follow(self) -> LucidError | None:
        """@returns what ended it; None where the session has ended"""
        while True:
            self.state._change(connection="connecting")
            token: str | None = None
            following: Next
            try:
                token = await self._way.tokens.read()
                self._token_failures = 0
                following = await self._follow_once(token)
            except LucidError as error:
                following = ComeBack(error)
            self._shared.outbox.forget_sending()
            if self._shared.feed.has_ended:
                return None
            if isinstance(following, End):
                if self._is_end_believed():
                    return None
                continue
            if isinstance(following, (RoomAgain, Reconnect)):
                continue
            if not self._may_come_back(following, token):
                self._hearers.error(following.trouble)
                return following.trouble
            await self._wait_after(following.trouble)

    async def _follow_once(self, token: str | None) -> Next:
        address = self._way.address.of(self._session_id, self._shared.feed.position)
        socket = await dial(address, token)
        if not isinstance(socket, ClientConnection):
            return socket
        return await Conversation(socket, self._shared, self._hearers).hold()

    def _is_end_believed(self) -> bool:
        """Its event wasn't heard. Something on the way may close in order, too, also whenever nothing has come for a while:
        the engine tells whoever comes back of the end at once, and once more."""
        lasted_s = asyncio.get_running_loop().time() - self._attached_at
        self._ends_unseen = 0 if lasted_s > END_TOLD_WITHIN_S else self._ends_unseen + 1
        return self._ends_unseen > 1

    def _may_come_back(self, decision: ComeBack | AskForToken | GiveUp, token: str | None) -> bool:
        if isinstance(decision, GiveUp):
            return False
        if decision.trouble.code == "noToken":
            self._token_failures += 1
            if self._token_failures >= TOKEN_FAILURES_MAX:
                return False
        if isinstance(decision, AskForToken):
            self._token_refusals += 1
            if self._token_refusals > TOKEN_REFUSALS_MAX or not self._way.tokens.drop(token):
                return False
        now, patience_ms = asyncio.get_running_loop().time(), self._way.give_up_after_ms
        if self._away_since is None:
            self._away_since = now
        return patience_ms is None or (now - self._away_since) * 1000 < patience_ms

    async def _wait_after(self, trouble: LucidError) -> None:
        self._failures += 1
        self.state._change(connection="waiting", problem=trouble)
        self._hearers.error(trouble)
        await asyncio.sleep(self._way.backoff.delay_ms(self._failures, trouble.retry_after_ms) / 1000)

    # What it shows.

    def _mark_attached(self) -> None:
        self._failures, self._away_since, self._token_refusals = 0, None, 0
        self._attached_at = asyncio.get_running_loop().time()
        self.state._change(connection="open", problem=None)

    def _heed(self, what: Heard) -> None:
        self._ends_unseen = 0
        self.state._change(**changes_by(self.state.get_snapshot(), what))
        self._tell_event(what)

    def _show(self, what: Transient) -> None:
        if what["type"] == "session_state":
            self.state._change(now=what["now"])
        self._tell_transient(what)

    def _show_queue(self) -> None:
        self.state._change(queued=len(self._shared.outbox))
