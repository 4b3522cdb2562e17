"""What becomes of a session's client when the engine is started again, or its token expires meanwhile."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from cutting_proxy import CuttingProxy, Harm
from engine_process import EngineProcess, sign_token
from lucid_client import Backoff, Heard, LucidError, create_async_client, create_client

SOON = Backoff(first_ms=20, max_ms=200)


@pytest.fixture(scope="module")
def endable_engine() -> Iterator[EngineProcess]:
    with closing(EngineProcess({"MOCK_STEP_DELAY_MS": "50"})) as process:
        yield process


@pytest.fixture
def own_engine(endable_engine: EngineProcess) -> EngineProcess:
    """One that a test may end."""
    if not endable_engine.is_running:
        endable_engine.start()
    return endable_engine


async def test_a_session_goes_on_where_it_was_when_the_engine_crashes_and_comes_back(own_engine: EngineProcess) -> None:
    troubles: list[LucidError] = []
    async with create_async_client(own_engine.url, token=sign_token("ada"), backoff=SOON) as client:
        session = await client.open("Write hello world")
        session.on("error", troubles.append)
        heard: list[Heard] = [await anext(session) for _ in range(4)]
        own_engine.kill()
        answer = session.send("Said while it was away")
        own_engine.start()
        await answer
        await session.stop()
        heard += [event async for event in session]
        assert [event["sequence"] for event in heard if event["type"] != "gap"] == list(range(1, len(heard) + 1))
        assert [event async for event in client.attach(session.id)] == heard
    assert {(trouble.code, trouble.retryable) for trouble in troubles} >= {("connectionLost", True)}


async def test_an_engine_that_drains_says_so_and_its_clients_come_back(own_engine: EngineProcess) -> None:
    troubles: list[LucidError] = []
    async with create_async_client(own_engine.url, token=sign_token("ada"), backoff=SOON) as client:
        session = await client.open("Write hello world")
        session.on("error", troubles.append)
        first = await anext(session)
        await asyncio.to_thread(own_engine.drain)
        await asyncio.to_thread(own_engine.start)
        assert (await client.sessions.list()) is not None
        await session.stop()
        heard = [first] + [event async for event in session]
        assert [event["sequence"] for event in heard if event["type"] != "gap"] == list(range(1, len(heard) + 1))
    assert "draining" in {trouble.code for trouble in troubles}


def test_without_an_event_loop_a_restart_is_heard_of_and_survived(own_engine: EngineProcess) -> None:
    with create_client(own_engine.url, token=sign_token("ada"), backoff=SOON) as client:
        session = client.open("Write hello world")
        heard = [next(session) for _ in range(3)]
        own_engine.kill()
        own_engine.start()
        session.stop().result()
        heard += session
        assert [event["sequence"] for event in heard if event["type"] != "gap"] == list(range(1, len(heard) + 1))


async def test_a_client_that_may_not_wait_for_ever_gives_up(own_engine: EngineProcess) -> None:
    token = sign_token("ada")
    async with create_async_client(own_engine.url, token=token, backoff=SOON, give_up_after_ms=300) as client:
        session = await client.open("Write hello world")
        await anext(session)
        own_engine.kill()
        with pytest.raises(LucidError) as raised:
            async for _ in session:
                pass
        assert (raised.value.code, raised.value.retryable) == ("connectionLost", True)


async def test_a_proxy_that_holds_frames_back_is_named_in_a_sentence_and_left(
    engine: EngineProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lucid_client._dial.PING_S", 2)
    with closing(CuttingProxy(engine.port)) as proxy:
        async with create_async_client(proxy.url, token=sign_token("ada"), backoff=SOON) as client:
            opened = await client.open("Write hello world")
            whole = [await anext(opened) for _ in range(8)]
            harms = iter([Harm(hold_down_after=600)])
            proxy.choose = lambda _: next(harms, Harm())
            session = client.attach(opened.id)
            troubles: list[LucidError] = []
            session.on("error", troubles.append)
            assert [await anext(session) for _ in range(8)] == whole
    assert {trouble.code for trouble in troubles} == {"nothingHeard"}  # A busy machine may be silent, too.
    assert "a proxy holds frames back" in troubles[0].message


async def test_something_that_closes_idle_connections_in_order_ends_no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lucid_client._follower.END_TOLD_WITHIN_S", 0.05)
    attached = {"type": "attached", "sessionId": "s", "epoch": 1, "sequence": 0, "recovered": True}
    stopped = {"type": "status", "status": "stopped", "sessionId": "s", "epoch": 1, "sequence": 1, "message": ""}
    connections: list[int] = []

    async def close_in_order(socket: ServerConnection) -> None:
        connections.append(len(connections))
        await socket.send(json.dumps(attached))
        if len(connections) > 3:
            await socket.send(json.dumps(stopped))
        await asyncio.sleep(1)

    async with serve(close_in_order, "127.0.0.1", 0, subprotocols=[Subprotocol("lucid.v2")]) as server:
        url = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        async with create_async_client(url, token="a token", backoff=SOON) as client:
            heard = [event["type"] async for event in client.attach("s")]
    assert heard == ["status"] and len(connections) == 4


class Tokens:
    """Gives tokens that live for five seconds at most."""

    def __init__(self) -> None:
        self.given = 0

    async def __call__(self) -> str:
        self.given += 1
        return sign_token("ada", exp=int(time.time()) + 5)


async def test_a_token_that_expires_in_mid_stream_is_asked_for_again(engine: EngineProcess) -> None:
    with closing(CuttingProxy(engine.port)) as proxy:
        tokens = Tokens()
        async with create_async_client(proxy.url, token=tokens, backoff=SOON) as client:
            session = await client.open("Write hello world")
            heard = [await anext(session) for _ in range(3)]
            before = tokens.given
            await asyncio.sleep(5.1)
            proxy.cut_all()
            await session.stop()
            heard += [event async for event in session]
            assert [event["sequence"] for event in heard if event["type"] != "gap"] == list(range(1, len(heard) + 1))
            assert tokens.given > before
            await asyncio.sleep(5.1)
            assert (await client.sessions.read(session.id))["state"] == "stopped"


async def test_a_token_that_nobody_renews_ends_the_session_with_a_sentence(engine: EngineProcess) -> None:
    with closing(CuttingProxy(engine.port)) as proxy:
        expires_at = int(time.time()) + 15
        token = sign_token("ada", exp=expires_at)
        async with create_async_client(proxy.url, token=token, backoff=SOON) as client:
            session = await client.open("Write hello world")
            await anext(session)
            await asyncio.sleep(max(0.0, expires_at - time.time()) + 0.1)
            proxy.cut_all()
            with pytest.raises(LucidError, match=r"The token has expired\.") as raised:
                async for _ in session:
                    pass
            assert (raised.value.code, raised.value.retryable) == ("notAuthenticated", False)


def test_a_function_for_tokens_that_fails_is_said_and_asked_again(engine: EngineProcess) -> None:
    asked: list[int] = []

    def give() -> str:
        asked.append(len(asked))
        if len(asked) < 3:
            raise OSError("the identity provider is away")
        return sign_token("ada")

    with create_client(engine.url, token=give, backoff=SOON) as client:
        assert client.chats.list(limit=1)["chats"] is not None
    assert len(asked) == 3


async def test_a_function_for_tokens_that_never_answers_is_said(engine: EngineProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lucid_client._token.TOKEN_TIMEOUT_S", 0.05)
    asked: list[int] = []

    async def give() -> str:
        asked.append(len(asked))
        if len(asked) == 1:
            await asyncio.Event().wait()
        return sign_token("ada")

    async with create_async_client(engine.url, token=give, backoff=SOON) as client:
        troubles: list[LucidError] = []
        session = client.attach((await client.sessions.create("Write hello world"))["sessionId"])
        session.on("error", troubles.append)
        assert (await anext(session))["type"] == "status"
    assert len(asked) == 2 and troubles == []


async def test_a_server_that_is_none_of_the_engines_is_named_in_a_sentence(engine: EngineProcess) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with create_async_client(url, token=sign_token("ada"), backoff=SOON) as client:
        with pytest.raises(LucidError, match="does the proxy let WebSockets through") as raised:
            await anext(client.attach("a-session"))
        assert raised.value.code == "noWebSocket"
        with pytest.raises(LucidError, match="Something before the engine answered 404") as refused:
            await client.sessions.list()
        assert (refused.value.code, refused.value.status) == ("badAnswer", 404)
    server.close()


async def test_a_token_is_not_carried_to_where_an_answer_points() -> None:
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        location = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/elsewhere"
        writer.write(f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with create_async_client(url, token="a token", backoff=SOON) as client:
        with pytest.raises(LucidError, match="answered 302"):
            await anext(client.attach("a-session"))
        with pytest.raises(LucidError, match="answered 302"):
            await client.sessions.list()
    assert len(asked) == 2
    server.close()


async def test_nothing_is_lost_while_nobody_takes_events_and_answers_come_all_the_same(engine: EngineProcess) -> None:
    async with create_async_client(engine.url, token=sign_token("ada"), backoff=SOON) as client:
        session = await client.open("Write hello world")
        session._buffer._events_max = 5
        await session.send("Now add unit tests")
        await session.stop()
        heard = [event async for event in session]
        assert [event["sequence"] for event in heard if event["type"] != "gap"] == list(range(1, len(heard) + 1))
        assert [event async for event in client.attach(session.id)] == heard


async def test_what_is_said_to_a_session_that_has_ended_while_nobody_takes_events_is_refused(engine: EngineProcess) -> None:
    async with create_async_client(engine.url, token=sign_token("ada"), backoff=SOON) as client:
        session = await client.open("Write hello world")
        session._buffer._events_max = 5
        await session.send("Nobody reads this")
        await client.sessions.stop(session.id)
        with pytest.raises(LucidError) as raised:
            while True:
                await asyncio.wait_for(session.send("Are you there?"), 60)
        assert raised.value.code == "sessionEnded"
        heard = [event async for event in session]
        assert [event["sequence"] for event in heard if event["type"] != "gap"] == list(range(1, len(heard) + 1))
