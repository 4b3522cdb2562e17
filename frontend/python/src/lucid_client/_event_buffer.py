"""Events that were received and that nobody has taken yet."""

from __future__ import annotations

import asyncio
from collections import deque

from .errors import LucidError
from .events import Heard

BUFFER_MAX = 5_000
"""Events. Of half a kilobyte each, as most are, some 3 MB; beyond, the engine keeps them until there is room."""


class EventBuffer:
    def __init__(self, events_max: int = BUFFER_MAX) -> None:
        self._events: deque[Heard] = deque()
        self._events_max = events_max
        self._has_ended = False
        self._error: LucidError | None = None
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    def put(self, event: Heard) -> None:
        self._events.append(event)
        self._news.set()
        if len(self._events) >= self._events_max:
            self._room.clear()

    def end(self, error: LucidError | None) -> None:
        """Nothing comes behind what is here, but the error."""
        if not self._has_ended:
            self._has_ended, self._error = True, error
            self._news.set()
            self._room.set()

    @property
    def is_full(self) -> bool:
        return not self._room.is_set()

    async def wait_for_room(self) -> None:
        await self._room.wait()

    def take_all(self) -> list[Heard]:
        taken = list(self._events)
        self._events.clear()
        self._mark_taken()
        return taken

    async def take(self) -> Heard | None:
        """The next; None behind the last one. @raises LucidError which ended them"""
        while not self._events:
            if self._has_ended:
                error, self._error = self._error, None  # Whoever asks again hears that there is no more.
                if error is not None:
                    raise error
                return None
            await self._news.wait()
        event = self._events.popleft()
        self._mark_taken()
        return event

    def _mark_taken(self) -> None:
        if len(self._events) <= self._events_max // 2:
            self._room.set()
        if not self._events and not self._has_ended:
            self._news.clear()
