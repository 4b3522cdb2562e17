"""What a program hears where nothing can be followed, or where a session has ended meanwhile."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from engine_process import EngineProcess, find_free_port, sign_token
from lucid_client import AsyncSession, Backoff, LucidError, Session, create_async_client, create_client
from lucid_client._warnings import WARNINGS_EVERY_S, Warnings

SOON = Backoff(first_ms=1, max_ms=4)
PLACE = {"sessionId": "s", "epoch": 1}
ATTACHED = {"type": "attached", **PLACE, "sequence": 0, "recovered": True}
STOPPED = {"type": "status", "status": "stopped", **PLACE, "sequence": 2, "message": ""}
CONNECTION_LOST = LucidError("connectionLost", "The connection was lost.", retryable=True)


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


async def test_a_session_that_cannot_be_reached_is_warned_of_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    url = f"http://127.0.0.1:{find_free_port()}"
    async with create_async_client(url, token="a token", backoff=SOON, give_up_after_ms=100) as client:
        with pytest.raises(LucidError):
            await anext(client.attach("a-session"))
    assert [(record.name, record.levelname) for record in caplog.records] == [("lucid_client", "WARNING")]
    assert "Session a-session: connectionLost: The engine can't be reached" in caplog.text
    assert "It is tried again." in caplog.text


async def test_whoever_listens_for_errors_hears_them_in_place_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    url = f"http://127.0.0.1:{find_free_port()}"
    heard: asyncio.Queue[LucidError] = asyncio.Queue()
    async with create_async_client(url, token="a token", backoff=SOON) as client:
        client.attach("a-session").on("error", heard.put_nowait)
        assert [(await heard.get()).code for _ in range(3)] == ["connectionLost"] * 3
    assert caplog.records == []


def test_a_connection_that_is_lost_all_the_time_fills_no_log(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    warnings = Warnings("s", lambda: now)
    for _ in range(1_000):
        warnings.warn(CONNECTION_LOST)
    now = WARNINGS_EVERY_S
    warnings.warn(CONNECTION_LOST)
    said = "Session s: connectionLost: The connection was lost. It is tried again."
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] == [
        said,
        f"{said} (999 more since the last warning)",
    ]


@pytest.mark.parametrize("is_opened", [True, False])
async def test_a_function_for_tokens_that_always_fails_is_an_error_after_some_tries(is_opened: bool) -> None:
    asked: list[int] = []

    def give() -> str:
        asked.append(len(asked))
        raise OSError("the identity provider is away")

    async with create_async_client("http://127.0.0.1:1", token=give, backoff=SOON) as client:
        with pytest.raises(LucidError, match="the identity provider is away") as raised:
            await (client.open("Write hello world") if is_opened else anext(client.attach("a-session")))
    assert (raised.value.code, len(asked)) == ("noToken", 5)


def test_a_session_says_by_which_id_it_is_found_again(engine: EngineProcess) -> None:
    with create_client(engine.url, token=sign_token("ada")) as lucid, lucid.open("Write hello world") as session:
        assert session.id == session.session_id == lucid.sessions.read(session.id)["sessionId"]
    for kind in (Session, AsyncSession):
        assert {"id", "session_id"} <= set(dir(kind))
