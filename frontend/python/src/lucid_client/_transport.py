"""Sends calls over REST, each again where that is safe, until it is answered or has failed for good."""

from __future__ import annotations

import asyncio
import json
from typing import Any, TypedDict, TypeVar, cast

import httpx

from ._attached_files import NamedBytes
from ._call import Call
from ._token import TokenSource
from .backoff import Backoff
from .errors import RETRYABLE_STATUSES, ClientErrorCode, LucidError, error_of_problem

Answer = TypeVar("Answer")

TRIES_MAX = 5
"""With the waits between, a restart of the engine fits in."""
WAIT_MAX_MS = 30_000
"""A longer wait is left to the caller, who may have better to do."""
REFUSED_UNDONE = frozenset({"noToken", "tooManyCommands", "tooManySessions", "overloaded", "draining", "notReady"})
"""Nothing was begun, whatever was asked for."""
TIMEOUT = httpx.Timeout(connect=10, read=60, write=60, pool=60)
"""In seconds. The engine itself answers `noAnswer` before."""


class Transport:
    def __init__(self, base_url: str, tokens: TokenSource, headers: dict[str, str], backoff: Backoff) -> None:
        self._http = httpx.AsyncClient(base_url=base_url, timeout=TIMEOUT, headers=headers)
        self._tokens = tokens
        self._backoff = backoff

    async def close(self) -> None:
        await self._http.aclose()

    async def send(self, call: Call[Answer]) -> Answer:
        """@raises LucidError"""
        has_new_token = False
        failures = 0
        while True:
            token: str | None = None
            try:
                token = await self._tokens.read()
                return await self._send_once(call, token)
            except LucidError as error:
                if failures > 0 and error.code in call.done_codes and call.done_answer is not None:
                    return call.done_answer
                if error.code == "notAuthenticated" and not has_new_token and self._tokens.drop(token):
                    has_new_token = True  # Nothing was done: it is safe to say it again.
                    continue
                failures += 1
                is_far_off = (error.retry_after_ms or 0) > WAIT_MAX_MS
                is_safe = call.may_be_repeated or error.code in REFUSED_UNDONE
                if not error.retryable or not is_safe or is_far_off or failures >= TRIES_MAX:
                    error.idempotency_key = call.key
                    raise
                await asyncio.sleep(self._backoff.delay_ms(failures, error.retry_after_ms) / 1000)

    async def _send_once(self, call: Call[Answer], token: str | None) -> Answer:
        headers = {}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if call.key is not None:
            headers["Idempotency-Key"] = call.key
        try:
            response = await self._http.request(call.method, call.path, params=call.query, headers=headers, **body_of(call))
        except httpx.TransportError as error:
            code: ClientErrorCode = "timedOut" if isinstance(error, httpx.TimeoutException) else "networkFailed"
            said = f"{self._http.base_url} can't be reached: {str(error) or type(error).__name__}"
            raise LucidError(code, said, retryable=True) from error
        if not response.is_success:
            raise error_of_response(response)
        if call.form == "json":
            return cast(Answer, read_json(response))
        return cast(Answer, response.text if call.form == "text" else response.content)


class Body(TypedDict, total=False):
    """As httpx takes it."""

    json: Any
    content: bytes | None
    data: dict[str, str]
    files: list[tuple[str, NamedBytes]]


def body_of(call: Call[Any]) -> Body:
    if not call.files:
        return {"json": call.body, "content": call.content}
    return {"data": {"json": json.dumps(call.body)}, "files": [("files", file) for file in call.files]}


def read_json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        said = "What was answered isn't of the engine: does something stand in between?"
        raise LucidError("badAnswer", said, status=response.status_code) from error


def error_of_response(response: httpx.Response) -> LucidError:
    seconds = response.headers.get("retry-after", "")
    retry_after_ms = int(seconds) * 1000 if seconds.isdecimal() else None
    try:
        problem = response.json()
        return error_of_problem(response.status_code, problem, retry_after_ms)
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError):
        said = f"Something before the engine answered {response.status_code} {response.reason_phrase}."
        return LucidError(
            "badAnswer",
            said,
            retryable=response.status_code in RETRYABLE_STATUSES,
            retry_after_ms=retry_after_ms,
            status=response.status_code,
        )
