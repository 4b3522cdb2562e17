"""What is left of a session where its connections are cut at any byte, delayed, and say things twice: all of it, once."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from cutting_proxy import CuttingProxy, Harm
from engine_process import EngineProcess, sign_token
from lucid_client import AsyncClient, AsyncSession, Backoff, Heard, create_async_client, create_client

Connect = Callable[..., AsyncClient]

AT_ONCE = Backoff(first_ms=0, max_ms=0)
CUTS = 1_000
UP_CUTS = 500
UPGRADE_BYTES = 300
"""Below those of any upgrade's request."""


@pytest.fixture
def proxy(engine: EngineProcess) -> Iterator[CuttingProxy]:
    with closing(CuttingProxy(engine.port)) as started:
        yield started


async def make_ended_session(client: AsyncClient) -> tuple[str, list[Heard]]:
    """Its id, and all of its events."""
    session = await client.open("Write hello world")
    session.send("Now add unit tests")
    await session.stop()
    return session.id, [event async for event in session]


async def read_messages(client: AsyncClient, session_id: str) -> list[str]:
    """What the engine has stored of what the user said behind the task."""
    chat_id = (await client.sessions.read(session_id))["chatId"]
    said: list[str] = []
    after: int | None = 0
    while after is not None:
        page = await client.chats.messages(chat_id, after_sequence=after)
        said += [message["content"] for message in page["messages"] if message["eventType"] == "UserMessage"]
        after = page["nextAfterSequence"]
    return said


async def test_every_event_comes_once_over_a_thousand_cuts_at_every_byte(connect: Connect, proxy: CuttingProxy) -> None:
    session_id, whole = await make_ended_session(connect())
    proxy.choose = lambda number: Harm(cut_down_after=number + 1)
    client = connect(proxy.url)
    while proxy.cuts < CUTS:
        assert [event async for event in client.attach(session_id)] == whole


async def test_a_session_at_work_is_heard_whole_while_it_is_cut(connect: Connect, proxy: CuttingProxy) -> None:
    proxy.choose = lambda _: Harm(cut_down_after=random.randrange(1, 4_000))
    client = connect(proxy.url)
    for _ in range(10):
        heard = await make_ended_session(client)
        again = connect().attach(heard[0])
        assert heard[1] == [event async for event in again]


async def test_every_message_arrives_once_while_what_is_said_is_cut_at_every_byte(
    connect: Connect, proxy: CuttingProxy
) -> None:
    opened = await connect().open("Write hello world")
    offsets = itertools.cycle(range(1, UP_CUTS))
    proxy.choose = lambda _: Harm(cut_up_after=UPGRADE_BYTES + next(offsets))
    session = connect(proxy.url).attach(opened.id)
    said: list[str] = []
    while proxy.cuts < UP_CUTS:
        said.append(f"Message {len(said)}")
        await session.send(said[-1])
    proxy.choose = lambda _: Harm()
    await session.stop()
    heard = [event async for event in session]
    assert [event["sequence"] for event in heard if event["type"] != "gap"] == list(range(1, len(heard) + 1))
    acks = [event for event in heard if event["type"] == "ack"]
    assert [ack["content"] for ack in acks if ack["eventType"] == "UserMessage"] == said
    assert await read_messages(connect(), session.id) == said


async def test_frames_that_come_late_and_twice_are_heard_once(connect: Connect, proxy: CuttingProxy) -> None:
    proxy.choose = lambda _: Harm(delay_s=0.005, doubles=True, cut_down_after=random.randrange(1_000, 8_000))
    opened = await connect().open("Write hello world")
    session = connect(proxy.url).attach(opened.id)
    said = [f"Message {number}" for number in range(50)]
    for text in said:
        session.send(text)
    await session.stop()
    heard = [event async for event in session]
    assert [event["sequence"] for event in heard if event["type"] != "gap"] == list(range(1, len(heard) + 1))
    assert await read_messages(connect(), session.id) == said


async def test_what_is_said_while_the_engine_is_away_is_sent_once_later(connect: Connect, proxy: CuttingProxy) -> None:
    opened = await connect().open("Write hello world")
    session = connect(proxy.url).attach(opened.id)
    await anext(session)
    proxy.choose = lambda _: Harm(cut_down_after=0)
    proxy.cut_all()
    answers = [session.send(text) for text in ("One", "Two")]
    assert session.state.get_snapshot().queued == 2
    await wait_for_connection(session, "waiting")
    proxy.choose = lambda _: Harm()
    await asyncio.gather(*answers)
    assert await read_messages(connect(), session.id) == ["One", "Two"]


async def wait_for_connection(session: AsyncSession, connection: str) -> None:
    changed = asyncio.Event()
    remove = session.state.subscribe(lambda _: changed.set())
    while session.state.get_snapshot().connection != connection:
        changed.clear()
        await changed.wait()
    remove()


async def test_a_session_is_made_once_however_often_its_request_is_cut(
    connect: Connect, engine: EngineProcess, proxy: CuttingProxy
) -> None:
    for cut in range(0, 700, 25):
        harms = iter([Harm(cut_up_after=cut) if cut % 2 else Harm(cut_down_after=cut)] * 2)
        proxy.choose = lambda _, harms=harms: next(harms, Harm())  # type: ignore[misc]
        token = sign_token(f"cut-at-{cut}")
        async with create_async_client(proxy.url, token=token, backoff=AT_ONCE) as client:
            made = await client.sessions.create("Write hello world")
            await client.sessions.send(made["sessionId"], "Now add unit tests")
        async with create_async_client(engine.url, token=token) as client:
            sessions = (await client.sessions.list())["sessions"]
            assert [session["sessionId"] for session in sessions] == [made["sessionId"]]
            assert await read_messages(client, made["sessionId"]) == ["Now add unit tests"]


def test_without_an_event_loop_it_is_the_same(engine: EngineProcess, proxy: CuttingProxy) -> None:
    token = sign_token("ada")
    with create_client(engine.url, token=token) as direct:
        opened = direct.open("Write hello world")
        opened.send("Now add unit tests")
        opened.stop().result()
        whole = list(opened)
    offsets = itertools.cycle(range(400, 1_600, 7))
    proxy.choose = lambda _: Harm(cut_down_after=next(offsets), delay_s=0.001)
    with create_client(proxy.url, token=token, backoff=AT_ONCE) as client:
        while proxy.cuts < 200:
            assert list(client.attach(opened.id)) == whole
