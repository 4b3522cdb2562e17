"""What to do when a connection has ended: come back, come back with another token, or give up."""

from __future__ import annotations

from dataclasses import dataclass

from ._typing import TypeAlias
from .close_codes import COMES_BACK
from .errors import RETRYABLE_STATUSES, LucidError

SESSION_ENDED = 1000
NOT_AUTHENTICATED = 4010


@dataclass(frozen=True)
class End:
    """The session has ended."""


@dataclass(frozen=True)
class ComeBack:
    trouble: LucidError


@dataclass(frozen=True)
class AskForToken:
    """The token isn't believed, or not any more."""

    trouble: LucidError


@dataclass(frozen=True)
class GiveUp:
    trouble: LucidError


Decision: TypeAlias = End | ComeBack | AskForToken | GiveUp


def decide_after_silence() -> Decision:
    said = "The engine didn't answer a ping in time: the network is away, or a proxy holds frames back."
    return ComeBack(LucidError("nothingHeard", said, retryable=True))


def decide_after_close(code: int | None, reason: str, refusal: LucidError | None) -> Decision:
    """`code`: None where the connection broke off; `refusal`: the error frame that came before."""
    if code == SESSION_ENDED:
        return End()
    if code is None or code not in COMES_BACK:
        said = "" if code is None else f" (closed with {code}{f': {reason}' if reason else ''})"
        return ComeBack(LucidError("connectionLost", f"The connection was lost{said}.", retryable=True))
    comes_back = COMES_BACK[code]
    trouble = refusal or LucidError("connectionLost", f"The engine closed the connection with {code}: {reason}")
    trouble.retryable = comes_back
    if code == NOT_AUTHENTICATED:
        return AskForToken(trouble)
    return ComeBack(trouble) if comes_back else GiveUp(trouble)


def decide_after_refused_upgrade(status: int) -> Decision:
    """The engine takes every upgrade and says no behind it, so this is the word of something in between."""
    if status == 401:
        return AskForToken(LucidError("notAuthenticated", "Something before the engine refused the token (401)."))
    if status in RETRYABLE_STATUSES:
        said = f"Something before the engine answered {status}; the engine may be starting."
        return ComeBack(LucidError("connectionLost", said, retryable=True, status=status))
    said = f"Something before the engine answered {status} in place of a WebSocket: does the proxy let WebSockets through?"
    return GiveUp(LucidError("noWebSocket", said, status=status))
