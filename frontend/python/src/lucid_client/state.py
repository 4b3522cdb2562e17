"""How a session's client stands, as a snapshot that changes as a whole, and who wants to hear of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from ._listeners import Listeners
from ._typing import TypeAlias
from .errors import LucidError
from .events import Event, Heard
from .models import SessionNow, SessionState, Usage

Connection: TypeAlias = Literal["connecting", "open", "waiting", "ended", "failed", "detached"]
"""`waiting`: it was lost, and is opened again after a while. For good: `ended` with the session, `failed` since the engine
doesn't want this client, `detached` by the client."""


@dataclass(frozen=True)
class Snapshot:
    session_id: str
    connection: Connection = "connecting"
    status: SessionState | None = None
    """As the events that were received have it; None before the first."""
    epoch: int | None = None
    sequence: int = 0
    """With `epoch` the last event that was received; those who iterate may be behind."""
    queued: int = 0
    """Messages, interrupts and stops that aren't acknowledged yet."""
    usage: Usage | None = None
    """Of all turns whose end was received."""
    turn_usage: Usage | None = None
    """Of the turn that goes on, by now; None between turns."""
    now: SessionNow | None = None
    """How the session stands beside its events, such as its plan and what it waits for; None until the engine says so."""
    problem: LucidError | None = None
    """What keeps the connection away, or has ended it; None while nothing does."""


class Store:
    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._listeners = Listeners[Snapshot]()

    def get_snapshot(self) -> Snapshot:
        return self._snapshot

    def subscribe(self, listener: Callable[[Snapshot], object]) -> Callable[[], None]:
        """Returns what ends it."""
        return self._listeners.add(listener)

    def _change(self, **changes: Any) -> None:
        changed = replace(self._snapshot, **changes)
        if changed != self._snapshot:
            self._snapshot = changed
            self._listeners.tell(changed)


def changes_by(snapshot: Snapshot, event: Heard) -> dict[str, Any]:
    """What an event changes of what is shown."""
    if event["type"] == "gap":
        if event["reason"] == "missing":
            return {}
        return {"epoch": None, "sequence": 0, "status": None, "usage": None, "turn_usage": None}
    changes: dict[str, Any] = {"epoch": event["epoch"], "sequence": event["sequence"]}
    status = status_after(event, snapshot.status)
    if status is not None:
        changes["status"] = status
    if event["type"] == "agent_event" and "usage" in event and "parentToolCallId" not in event:
        changes["turn_usage"] = event["usage"]
    if event["type"] == "status" or event["type"] == "error":
        changes["turn_usage"] = None
    if event["type"] == "status" and "usage" in event:
        changes["usage"] = add_usage(snapshot.usage, event["usage"])
    return changes


def status_after(event: Event, before: SessionState | None) -> SessionState | None:
    """As REST reports it; None where the event changes nothing."""
    if event["type"] == "error":
        return "failed"
    if event["type"] == "agent_event":
        if "waitingFor" in event:
            return "waiting"
        return "working"  # A turn may begin by itself, with a message that the last one left.
    if event["type"] == "ack":
        if event["eventType"] in ("Interrupt", "Stop"):
            return None
        # A session that waits for an answer goes on waiting, whatever else is said to it.
        return "waiting" if event["eventType"] == "UserMessage" and before == "waiting" else "working"
    status = event.get("status")
    if status == "completed":
        return "idle"
    return "stopped" if status == "stopped" else None


def add_usage(sum_: Usage | None, more: Usage) -> Usage:
    if sum_ is None:
        return more
    names = {**sum_, **more}.keys()
    return cast(Usage, {name: sum_.get(name, 0) + more.get(name, 0) for name in names})  # type: ignore[operator]
