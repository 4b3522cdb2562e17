"""Decides what each frame is to a client: an event, heard once and in order, or something else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from ._typing import TypeAlias
from .events import Gap, Heard, HeardPosition, Position, Transient

Frame: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Attached:
    """The engine has answered: the session is followed from here on."""


@dataclass(frozen=True)
class Heed:
    """For whoever follows the session."""

    what: Heard


@dataclass(frozen=True)
class Show:
    """For whoever watches."""

    what: Transient


@dataclass(frozen=True)
class Refuse:
    """A frame `error` that is no event: of one command, or of the whole connection."""

    frame: Frame


@dataclass(frozen=True)
class Reconnect:
    """Events are missing here: the engine sends them to whoever comes again with its position."""


Verdict: TypeAlias = Attached | Heed | Show | Refuse | Reconnect


def is_event(frame: Frame) -> bool:
    """`attached` has the session's last sequence, and is none."""
    return frame.get("type") != "attached" and isinstance(frame.get("sequence"), int)


def is_last_event(frame: Frame) -> bool:
    """Of a session that was stopped, or that failed."""
    return is_event(frame) and (frame["type"] == "error" or frame.get("status") == "stopped")


class Feed:
    def __init__(self, session_id: str, position: Position) -> None:
        self._session_id = session_id
        self.position = position
        self.has_ended = False
        self._missing_behind: int | None = None

    def receive(self, frame: Frame) -> list[Verdict]:
        kind = frame.get("type")
        if kind == "attached":
            return self._attach(frame)
        if is_event(frame):
            return self._receive_event(frame)
        if kind == "error":
            return [Refuse(frame)]
        return [] if kind == "pong" else [Show(cast(Transient, frame))]

    def _attach(self, frame: Frame) -> list[Verdict]:
        if frame.get("recovered") is not False:
            return [Attached()]
        heard, self.position = self.position, Position()
        self._missing_behind = None
        where: HeardPosition = {"epoch": heard.epoch, "sequence": heard.sequence}
        gap: Gap = {"type": "gap", "reason": "notRecovered", "sessionId": self._session_id, "position": where}
        return [Attached(), Heed(gap)]

    def _receive_event(self, frame: Frame) -> list[Verdict]:
        last, sequence = self.position.sequence, frame["sequence"]
        if sequence <= last:
            return []  # It was heard before.
        if sequence == last + 1:
            return [self._go_on(frame)]
        if frame["type"] == "ack":
            return []  # The answer to a command that was said twice overtakes its event, which comes in its place.
        if self._missing_behind != last:
            self._missing_behind = last
            return [Reconnect()]
        gap: Gap = {
            "type": "gap",
            "reason": "missing",
            "sessionId": self._session_id,
            "fromSequence": last + 1,
            "toSequence": sequence - 1,
        }
        return [Heed(gap), self._go_on(frame)]

    def _go_on(self, frame: Frame) -> Heed:
        self.position = Position(frame.get("epoch"), frame["sequence"])
        self.has_ended = is_last_event(frame)
        return Heed(cast(Heard, frame))
