"""What was said and isn't acknowledged yet: each is sent until it is, in its order, under one id."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from ._typing import TypeAlias

OUTBOX_MAX = 1_000
"""Commands that wait for a connection or an answer: more than anybody says while a connection is away."""

FRAME_BYTES_MAX = 256 * 1024
"""What the engine takes of one frame."""

CommandType: TypeAlias = Literal["message", "answer", "decide", "interrupt", "stop"]

Answer = TypeVar("Answer")


@dataclass
class Command(Generic[Answer]):
    type: CommandType
    id: str
    fields: dict[str, Any]
    """What its frame has beside these two."""
    answer: Answer
    """Who waits for what becomes of it."""
    is_sent: bool = False
    """On this connection."""
    not_before: float = 0
    """By the clock of who sends: it was refused for now."""
    refusals: int = field(default=0)
    """In a row, for now."""

    @property
    def text(self) -> str:
        return json.dumps({**self.fields, "type": self.type, "id": self.id}, ensure_ascii=False, allow_nan=False)

    def find_problem(self) -> str | None:
        """Why it can't be sent; the engine would end the connection over it."""
        try:
            size = len(self.text.encode())
        except UnicodeEncodeError:
            return "content: isn't text that can be written in UTF-8"
        except (TypeError, ValueError) as error:
            return f"isn't JSON: {error}"
        return None if size <= FRAME_BYTES_MAX else f"content: takes {size} bytes on its way, {FRAME_BYTES_MAX} at most"


class Outbox(Generic[Answer]):
    def __init__(self) -> None:
        self._commands: list[Command[Answer]] = []

    def __len__(self) -> int:
        return len(self._commands)

    @property
    def is_full(self) -> bool:
        return len(self._commands) >= OUTBOX_MAX

    def add(self, command: Command[Answer]) -> None:
        self._commands.append(command)

    def take_due(self, now: float) -> tuple[list[Command[Answer]], float | None]:
        """Those to send now, and when to ask again where one waits for its time.

        A message waits for the answer to the one before it: were that one refused for now, the two would change places.
        """
        due: list[Command[Answer]] = []
        is_message_away = False
        for command in self._commands:
            if not command.is_sent:
                if command.type == "message" and is_message_away:
                    break
                if command.not_before > now:
                    return due, command.not_before
                command.is_sent = True
                due.append(command)
            is_message_away = is_message_away or command.type == "message"
        return due, None

    def find(self, command_id: str) -> Command[Answer] | None:
        return next((command for command in self._commands if command.id == command_id), None)

    def settle(self, command_id: str) -> Command[Answer] | None:
        """It is acknowledged, or refused for good."""
        command = self.find(command_id)
        if command is not None:
            self._commands.remove(command)
        return command

    def postpone(self, command: Command[Answer], until: float) -> None:
        """It was refused for now."""
        command.is_sent = False
        command.refusals += 1
        command.not_before = until

    def forget_sending(self) -> None:
        """The connection is gone, and nobody knows what arrived: the engine knows each again by its id."""
        for command in self._commands:
            command.is_sent = False

    def take_all(self) -> list[Command[Answer]]:
        left, self._commands = self._commands, []
        return left
