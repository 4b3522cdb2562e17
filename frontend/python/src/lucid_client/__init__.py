"""A client of Lucid Engine: every event of a session once and in order, over any number of lost connections."""

from ._attached_files import AttachedFile
from ._calls import MessageOptions, SessionSettings
from .async_client import AsyncClient, create_async_client
from .async_session import AsyncSession
from .backoff import Backoff
from .client import Client, create_client
from .errors import ClientErrorCode, LucidError
from .events import Event, Gap, Heard, Transient
from .models import AckEvent, AgentEvent, ErrorCode, ErrorEvent, SessionNow, StatusEvent
from .session import Session
from .state import Connection, Snapshot, Store

__all__ = [
    "AckEvent",
    "AgentEvent",
    "AsyncClient",
    "AsyncSession",
    "AttachedFile",
    "Backoff",
    "Client",
    "ClientErrorCode",
    "Connection",
    "ErrorCode",
    "ErrorEvent",
    "Event",
    "Gap",
    "Heard",
    "LucidError",
    "MessageOptions",
    "Session",
    "SessionNow",
    "SessionSettings",
    "Snapshot",
    "StatusEvent",
    "Store",
    "Transient",
    "create_async_client",
    "create_client",
]
