"""The one error of this package, and what each code means for whoever gets it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from ._typing import TypeAlias
from .models import ErrorCode, InputError

# What the client itself finds. networkFailed, timedOut: over REST, no answer could be had. connectionLost, nothingHeard: of a
# WebSocket. noToken: there is none, or its function raised. badAnswer: what came isn't of the engine, but of something before
# it. noWebSocket: something before the engine lets none through. queueFull: too many messages wait for the connection.
# detached: the client has let the session go.
ClientErrorCode: TypeAlias = Literal[
    "networkFailed",
    "timedOut",
    "connectionLost",
    "nothingHeard",
    "noToken",
    "badAnswer",
    "noWebSocket",
    "queueFull",
    "detached",
]

RETRYABLE_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
"""Those whose errors the engine's catalogue calls retryable, and those that proxies answer for an engine that is away."""


class LucidError(Exception):
    """What was refused or has failed: `code` for programs, the text for people."""

    def __init__(
        self,
        code: ErrorCode | ClientErrorCode,
        message: str,
        *,
        retryable: bool = False,
        retry_after_ms: int | None = None,
        status: int | None = None,
        errors: Sequence[InputError] = (),
        idempotency_key: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code: ErrorCode | ClientErrorCode = code
        self.message = message
        self.retryable = retryable
        """Whether the same may succeed later."""
        self.retry_after_ms = retry_after_ms
        """When to try again, where the engine has said so."""
        self.status = status
        """The HTTP status, of an answer over REST."""
        self.errors = list(errors)
        """What was wrong with which part of the input."""
        self.idempotency_key = idempotency_key
        """With this key the same request can be made again later, and is still one."""

    def __repr__(self) -> str:
        return f"LucidError({self.code!r}, {self.message!r})"


def session_ended() -> LucidError:
    return LucidError("sessionEnded", "The session has ended.")


def error_of_frame(frame: dict[str, Any]) -> LucidError:
    """Of a frame `error`."""
    return LucidError(
        frame.get("code", "internal"),
        str(frame.get("message", "")),
        retryable=frame.get("retryable") is True,
        retry_after_ms=frame.get("retryAfterMs"),
        errors=frame.get("errors", ()),
    )


def error_of_problem(status: int, problem: dict[str, Any], retry_after_ms: int | None) -> LucidError:
    """Of an answer over REST that says what went wrong."""
    return LucidError(
        problem["code"],
        str(problem.get("detail", problem.get("title", ""))),
        retryable=status in RETRYABLE_STATUSES,
        retry_after_ms=problem.get("retryAfterMs", retry_after_ms),
        status=status,
        errors=problem.get("errors", ()),
    )
