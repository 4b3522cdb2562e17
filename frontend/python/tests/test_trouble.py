"""What a program hears where a session has ended meanwhile."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from lucid_client import AsyncSession, Backoff, LucidError, create_async_client

SOON = Backoff(first_ms=1, max_ms=4)
PLACE = {"sessionId": "s", "epoch": 1}
ATTACHED = {"type": "attached", **PLACE, "sequence": 0, "recovered": True}
STOPPED = {"type": "status", "status": "stopped", **PLACE, "sequence": 2, "message": ""}


@asynccontextmanager
async def serve_session(answer: Callable[[ServerConnection, int], Awaitable[None]]) -> AsyncIterator[AsyncSession]:
    """Follows a session of a server that says hello and then `answer`s, with the number of the connection."""
    connections = 0

    async def talk(socket: ServerConnection) -> None:
        nonlocal connections
        connections += 1
        await socket.send(json.dumps(ATTACHED))
        await answer(socket, connections)

    async with serve(talk, "127.0.0.1", 0, subprotocols=[Subprotocol("lucid.v2")]) as server:
        url = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        async with create_async_client(url, token="a token", backoff=SOON) as client:
            yield client.attach("s")


async def send_all(socket: ServerConnection, *frames: dict[str, Any]) -> None:
    for frame in frames:
        await socket.send(json.dumps(frame))


def refuse(command: dict[str, Any]) -> dict[str, Any]:
    return {"type": "error", "code": "sessionEnded", "message": "It has ended.", "retryable": False, "id": command["id"]}


async def test_a_stop_whose_answer_was_cut_off_is_acknowledged_by_the_ended_session() -> None:
    async def answer(socket: ServerConnection, connection: int) -> None:
        command = json.loads(await socket.recv())
        if connection == 1:
            socket.transport.abort()
            return
        ack = {"type": "ack", "eventType": "Stop", "id": command["id"], **PLACE, "sequence": 1}
        await send_all(socket, refuse(command), ack, STOPPED)

    async with serve_session(answer) as session:
        troubles: list[LucidError] = []
        session.on("error", troubles.append)
        assert (await session.stop())["eventType"] == "Stop"
        assert [event["type"] async for event in session] == ["ack", "status"]
    assert [trouble.code for trouble in troubles] == ["connectionLost"]


@pytest.mark.parametrize("has_room", [True, False])
async def test_what_is_said_to_a_session_that_has_ended_fails_with_room_for_its_events_or_without(
    has_room: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lucid_client._conversation.ROOM_TIMEOUT_S", 0.01)

    async def answer(socket: ServerConnection, _: int) -> None:
        command = json.loads(await socket.recv())
        await send_all(socket, refuse(command), {**STOPPED, "sequence": 1, "status": "ready"}, STOPPED)

    async with serve_session(answer) as session:
        session._buffer._events_max = 5 if has_room else 1
        troubles: list[LucidError] = []
        session.on("error", troubles.append)
        with pytest.raises(LucidError) as raised:
            await session.send("Hello?")
        assert raised.value.code == "sessionEnded" and troubles == [raised.value]
        assert session.state.get_snapshot().queued == 0
