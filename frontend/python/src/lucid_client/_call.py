"""One call over REST, before anything is sent: what it asks for, and whether it may be said twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import quote
from uuid import uuid4

from ._attached_files import NamedBytes
from ._typing import TypeAlias

Answer = TypeVar("Answer")
Method: TypeAlias = Literal["GET", "POST", "PATCH", "DELETE"]
Value: TypeAlias = str | int | bool | None
Form: TypeAlias = Literal["json", "text", "bytes"]


@dataclass(frozen=True)
class Call(Generic[Answer]):
    """`Answer` is what is answered: JSON of that shape, text, or bytes."""

    method: Method
    path: str
    query: Mapping[str, str | int] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    content: bytes | None = None
    """Sent as they are, in place of a body in JSON."""
    files: tuple[NamedBytes, ...] = ()
    """They go with the body, as parts of a form."""
    key: str | None = None
    """The Idempotency-Key, under which it may be said again."""
    form: Form = "json"
    done_codes: frozenset[str] = frozenset()
    """Errors that say that it is done, where it was sent before and nobody knows what came of that."""
    done_answer: Answer | None = None

    @property
    def may_be_repeated(self) -> bool:
        return self.method != "POST" or self.key is not None


def make_key() -> str:
    return str(uuid4())


def part(name: str) -> str:
    """Whatever it is, it stays one part of a path."""
    return quote(name, safe="")


def given(fields: Mapping[str, Value]) -> dict[str, str | int]:
    """Of a query: what isn't said is left out."""
    return {name: value for name, value in fields.items() if value is not None}
