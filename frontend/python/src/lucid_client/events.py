"""What a session's client hears, and where in the session it stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypedDict

from ._typing import TypeAlias
from .models import (
    AgentDelta,
    AgentOutput,
    CallDelta,
    EventFrame,
    FileTree,
    ModelRetry,
    ModelWait,
    SandboxQueue,
    SessionStateFrame,
    Status,
)


@dataclass(frozen=True)
class Position:
    """The epoch and the sequence of an event, which name it: the client has heard all up to there."""

    epoch: int | None = None
    sequence: int = 0


class HeardPosition(TypedDict):
    epoch: int | None
    sequence: int


class NotRecovered(TypedDict):
    """The position isn't believed, as after a database was restored: all events come again, from the first on."""

    type: Literal["gap"]
    reason: Literal["notRecovered"]
    sessionId: str
    position: HeardPosition


class Missing(TypedDict):
    """The engine has lost these, and sent those behind them."""

    type: Literal["gap"]
    reason: Literal["missing"]
    sessionId: str
    fromSequence: int
    toSequence: int


Gap: TypeAlias = NotRecovered | Missing
"""Events that were lost, or heard in vain: nothing is left out or comes again without this."""

Event: TypeAlias = EventFrame
"""What is stored and has a position."""

Heard: TypeAlias = Event | Gap
"""What iterating over a session gives."""

Transient: TypeAlias = (
    AgentDelta | AgentOutput | CallDelta | FileTree | ModelRetry | ModelWait | SandboxQueue | SessionStateFrame | Status
)
"""What is shown while it happens, and never stored; a `status` among them says whether the database answers."""
