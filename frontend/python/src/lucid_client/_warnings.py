"""Says in the log that a session isn't followed for now, where its program listens for no errors."""

from __future__ import annotations

import logging
from collections.abc import Callable
from time import monotonic

from .errors import LucidError

WARNINGS_EVERY_S = 10
"""Of one session: a connection may be lost many times in a second."""

log = logging.getLogger("lucid_client")


class Warnings:
    def __init__(self, session_id: str, read_clock: Callable[[], float] = monotonic) -> None:
        self._session_id = session_id
        self._read_clock = read_clock
        self._last_at: float | None = None
        self._left_out = 0

    def warn(self, trouble: LucidError) -> None:
        now = self._read_clock()
        if self._last_at is not None and now - self._last_at < WARNINGS_EVERY_S:
            self._left_out += 1
            return
        more = f" ({self._left_out} more since the last warning)" if self._left_out > 0 else ""
        said = "Session %s: %s It is tried again.%s"
        log.warning(said, self._session_id, as_sentence(f"{trouble.code}: {trouble.message}"), more)
        self._last_at, self._left_out = now, 0


def as_sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
