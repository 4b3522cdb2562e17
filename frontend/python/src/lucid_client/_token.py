"""The caller's token: a text, or what a function answers, which is asked again when the engine believes it no more."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable

from ._typing import TypeAlias
from .errors import LucidError

TOKEN_TIMEOUT_S = 15
"""How long a function may take."""

Token: TypeAlias = str | Callable[[], str | Awaitable[str]]
"""A function may be async. One that isn't runs on a thread of its own, so that it may take its time."""


class TokenSource:
    def __init__(self, token: Token | None) -> None:
        self._token = token
        self._known: str | None = token if isinstance(token, str) else None
        self._asking: asyncio.Lock = asyncio.Lock()

    @property
    def has_any(self) -> bool:
        return self._token is not None

    async def read(self) -> str | None:
        """@raises LucidError where the function raises"""
        if self._known is None and callable(self._token):
            async with self._asking:
                if self._known is None:
                    self._known = await ask(self._token)
        return self._known

    def drop(self, refused: str | None) -> bool:
        """The engine didn't believe this one. True where there is a function, which is asked for the next."""
        if not callable(self._token):
            return False
        if self._known == refused:
            self._known = None  # Otherwise another call has found out before, and has a new one.
        return True


async def ask(function: Callable[[], str | Awaitable[str]]) -> str:
    async def call() -> str:
        answer = await asyncio.to_thread(function)
        return await answer if inspect.isawaitable(answer) else answer

    try:
        return await asyncio.wait_for(call(), TOKEN_TIMEOUT_S)
    except (TimeoutError, asyncio.TimeoutError) as error:
        said = f"No token could be had: none came within {TOKEN_TIMEOUT_S} s"
        raise LucidError("noToken", said, retryable=True) from error
    except Exception as error:
        said = f"No token could be had: {error}"
        raise LucidError("noToken", said, retryable=True) from error
