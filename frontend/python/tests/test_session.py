"""Following a session on a real engine, from an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from lucid_client import AsyncClient, AsyncSession, Heard, LucidError, Snapshot, Transient

Connect = Callable[..., AsyncClient]


async def read_turn(session: AsyncSession) -> list[Heard]:
    heard: list[Heard] = []
    async for event in session:
        heard.append(event)
        if event["type"] == "status" and event["status"] == "completed":
            break
    return heard


def numbers(heard: list[Heard]) -> list[int]:
    return [event["sequence"] for event in heard if event["type"] != "gap"]


async def test_a_task_is_worked_on_and_every_event_comes_once(connect: Connect) -> None:
    session = await connect().open("Write hello world")
    heard = await read_turn(session)
    assert numbers(heard) == list(range(1, len(heard) + 1))
    assert heard[1]["type"] == "ack" and heard[1]["content"] == "Write hello world"
    assert any(event["type"] == "agent_event" and event["eventType"] == "FileWriteAction" for event in heard)


async def test_a_message_is_acknowledged_and_answered(connect: Connect) -> None:
    session = await connect().open("Write hello world")
    await read_turn(session)
    ack = await session.send("Now add unit tests", id="m-1")
    assert (ack["id"], ack["eventType"], ack["content"]) == ("m-1", "UserMessage", "Now add unit tests")
    heard = await read_turn(session)
    assert heard[0] == ack and len(heard) > 3


async def test_messages_said_in_a_row_arrive_in_their_order(connect: Connect) -> None:
    session = await connect().open("Write hello world")
    acks = await asyncio.gather(*(session.send(f"Message {number}") for number in range(20)))
    assert [ack["content"] for ack in acks] == [f"Message {number}" for number in range(20)]
    sequences = [ack["sequence"] for ack in acks]
    assert sequences == sorted(sequences)


async def test_a_stopped_session_ends_the_iteration(connect: Connect) -> None:
    session = await connect().open("Write hello world")
    assert (await session.stop())["eventType"] == "Stop"
    heard = [event async for event in session]
    assert heard[-1]["type"] == "status" and heard[-1]["status"] == "stopped"
    assert session.state.get_snapshot().connection == "ended"
    with pytest.raises(LucidError) as raised:
        session.send("Too late")
    assert raised.value.code == "sessionEnded"


async def test_an_ended_session_can_be_read_again_from_any_position(connect: Connect) -> None:
    client = connect()
    session = await client.open("Write hello world")
    await session.stop()
    whole = [event async for event in session]
    fifth = whole[4]
    assert fifth["type"] != "gap"
    again = client.attach(session.id, epoch=fifth["epoch"], last_sequence=fifth["sequence"])
    assert [event async for event in again] == whole[5:]


async def test_whoever_has_heard_all_of_an_ended_session_hears_the_end_alone(connect: Connect) -> None:
    client = connect()
    session = await client.open("Write hello world")
    await session.stop()
    *_, last = [event async for event in session]
    assert last["type"] == "status"
    again = client.attach(session.id, epoch=last["epoch"], last_sequence=last["sequence"])
    errors: list[LucidError] = []
    again.on("error", errors.append)
    assert [event async for event in again] == [] and errors == []
    assert again.state.get_snapshot().connection == "ended"


async def test_a_turn_is_interrupted(connect: Connect) -> None:
    session = await connect().open("Write hello world")
    ack = await session.interrupt()
    assert ack["eventType"] == "Interrupt"


async def test_a_position_that_is_not_the_engines_is_a_gap_and_everything_comes_again(connect: Connect) -> None:
    client = connect()
    first = await client.open("Write hello world")
    whole = await read_turn(first)
    session = client.attach(first.id, epoch=77, last_sequence=3)
    gaps: list[Any] = []
    session.on("gap", gaps.append)
    heard = await read_turn(session)
    assert heard[0]["type"] == "gap"
    assert heard[0]["reason"] == "notRecovered" and heard[0]["position"] == {"epoch": 77, "sequence": 3}
    assert gaps == heard[:1] and heard[1:] == whole


async def test_a_session_that_is_not_there_is_an_error(connect: Connect) -> None:
    session = connect().attach("01a20796-a6ea-76b4-b1d8-9effe2c88dc3")
    with pytest.raises(LucidError) as raised:
        await anext(session)
    assert (raised.value.code, raised.value.retryable) == ("noSuchSession", False)
    assert session.state.get_snapshot().problem is raised.value


async def test_listeners_hear_what_is_stored_and_what_only_happens(connect: Connect) -> None:
    session = await connect().open("Write hello world")
    events: list[Heard] = []
    transients: asyncio.Queue[Transient] = asyncio.Queue()
    snapshots: list[Snapshot] = []
    done = asyncio.Event()

    def hear(event: Heard) -> None:
        events.append(event)
        if event["type"] == "status" and event["status"] == "completed":
            done.set()

    session.on("transient", transients.put_nowait)
    session.on("state", snapshots.append)
    session.on("event", hear)

    def fail(_: Heard) -> None:
        take_off()
        raise ValueError("Nobody else misses anything for it.")

    take_off = session.on("event", fail)
    await done.wait()
    done.clear()
    session.send("Now add unit tests")
    await done.wait()
    assert numbers(events) == list(range(1, len(events) + 1))
    tree = await transients.get()
    while tree["type"] != "file_tree":
        tree = await transients.get()
    assert tree["tree"][0]["name"] == "project"
    assert "open" in {snapshot.connection for snapshot in snapshots}
    last = session.state.get_snapshot()
    assert (last.status, last.sequence, last.queued) == ("idle", len(events), 0)
    assert last.usage is not None and last.usage["durationMs"] >= 0


async def test_a_message_that_the_engine_refuses_is_an_error_of_that_message(connect: Connect) -> None:
    session = await connect().open("Write hello world")
    with pytest.raises(LucidError) as raised:
        await session.send(" ")
    assert raised.value.code == "badMessage" and raised.value.errors[0]["path"] == "content"
    assert (await session.send("Now add unit tests"))["content"] == "Now add unit tests"


async def test_a_session_that_is_let_go_works_on(connect: Connect) -> None:
    client = connect()
    async with await client.open("Write hello world") as session:
        await read_turn(session)
    assert [event async for event in session] == []
    with pytest.raises(LucidError) as raised:
        session.send("Hello?")
    assert raised.value.code == "detached"
    assert (await client.sessions.read(session.id))["isAlive"] is True
