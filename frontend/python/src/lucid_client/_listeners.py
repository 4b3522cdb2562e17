"""Functions that want to hear of something. One that raises is logged and keeps nobody else from hearing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Generic, TypeVar

What = TypeVar("What")

log = logging.getLogger("lucid_client")


class Listeners(Generic[What]):
    def __init__(self) -> None:
        self._functions: list[Callable[[What], object]] = []

    def __len__(self) -> int:
        return len(self._functions)

    def add(self, function: Callable[[What], object]) -> Callable[[], None]:
        """Returns what takes it off again."""
        self._functions = [*self._functions, function]

        def remove() -> None:
            self._functions = [other for other in self._functions if other is not function]

        return remove

    def tell(self, what: What) -> None:
        for function in self._functions:
            try:
                function(what)
            except Exception:
                log.exception("A listener of a session raised.")
