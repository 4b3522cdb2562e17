"""Opens the WebSocket of a session, and says what to do where that fails."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

from ._closing import ComeBack, Decision, GiveUp, decide_after_refused_upgrade
from .errors import LucidError
from .events import Position

EVERYTHING = Subprotocol("lucid.v2")
"""Asks for all that there is to hear: positions, acknowledgements, and what happens meanwhile."""
FRAME_BYTES_MAX = 16 * 1024 * 1024
"""The largest is a file tree, below 2 MB."""
PING_S = 20
"""How often an idle connection is asked whether it is there, and how long the answer may take. Proxies cut after 60 s."""
OPEN_TIMEOUT_S = 10
CLOSE_TIMEOUT_S = 2
"""How long a goodbye is waited for."""


@dataclass(frozen=True)
class Address:
    base_url: str

    def of(self, session_id: str, position: Position) -> str:
        scheme, host, path, _, _ = urlsplit(self.base_url)
        query: dict[str, str | int] = {"session_id": session_id}
        if position.sequence > 0:
            query["last_sequence"] = position.sequence
            if position.epoch is not None:
                query["epoch"] = position.epoch
        secure = "wss" if scheme in ("https", "wss") else "ws"
        return urlunsplit((secure, host, f"{path.rstrip('/')}/api/v1/ws", urlencode(query), ""))


class ConnectDirectly(connect):
    """Follows no redirect: a token goes nowhere but where it is meant to."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def dial(address: str, token: str | None) -> ClientConnection | Decision:
    try:
        socket = await ConnectDirectly(
            address,
            subprotocols=[EVERYTHING],
            additional_headers={} if token is None else {"Authorization": f"Bearer {token}"},
            compression=None,
            max_size=FRAME_BYTES_MAX,
            open_timeout=OPEN_TIMEOUT_S,
            close_timeout=CLOSE_TIMEOUT_S,
            ping_interval=PING_S,
            ping_timeout=PING_S,
        )
    except InvalidStatus as error:
        return decide_after_refused_upgrade(error.response.status_code)
    except (OSError, EOFError, TimeoutError, WebSocketException) as error:
        said = f"The engine can't be reached: {error or type(error).__name__}"
        return ComeBack(LucidError("connectionLost", said, retryable=True))
    if socket.subprotocol != EVERYTHING:
        await socket.close()
        said = "The subprotocol lucid.v2 was dropped on the way to the engine or back: does the proxy pass it through?"
        return GiveUp(LucidError("noWebSocket", said))
    return socket
