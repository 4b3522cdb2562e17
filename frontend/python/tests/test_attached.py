"""Files that come with a task and with messages, and how a session stands, on a real engine."""

from __future__ import annotations

import asyncio
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine_process import EngineProcess, sign_token
from lucid_client import AckEvent, AsyncClient, AsyncSession, LucidError, SessionNow, Snapshot, Transient, create_client
from lucid_client._attached_files import FILES_BYTES_MAX, FILES_MAX, read_files

Connect = Callable[..., AsyncClient]
PATIENCE_S = 30


def make_png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\0" * width for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


async def wait_for_ack(session: AsyncSession, event_type: str) -> AckEvent:
    async for event in session:
        if event["type"] == "ack" and event["eventType"] == event_type:
            return event
    raise AssertionError(f"The session has ended without {event_type}.")


def names_of(ack: AckEvent) -> list[str]:
    return [file["path"].rpartition("/")[2].partition("-")[2] for file in ack["attachments"]]


async def test_a_task_and_a_message_bring_files_from_disk_and_from_memory(connect: Connect, tmp_path: Path) -> None:
    lucid = connect()
    shot = tmp_path / "shot.png"
    shot.write_bytes(make_png(30, 20))
    session = await lucid.open("What is on it?", files=[shot, ("data.csv", b"a,b\n")])
    task = await wait_for_ack(session, "InitialTask")
    assert names_of(task) == ["shot.png", "data.csv"]
    assert [file.get("mediaType") for file in task["attachments"]] == ["image/png", None]
    assert [file["size"] for file in task["attachments"]] == [shot.stat().st_size, 4]
    accepted = await lucid.sessions.send(
        session.id, "And on this?", files=[str(shot)], idempotency_key="f-1", effort="low", max_iterations=5
    )
    again = await lucid.sessions.send(
        session.id, "And on this?", files=[str(shot)], idempotency_key="f-1", effort="low", max_iterations=5
    )
    assert accepted == again
    assert names_of(await wait_for_ack(session, "UserMessage")) == ["shot.png"]


async def test_under_one_key_a_task_with_files_is_one_session(connect: Connect) -> None:
    lucid = connect()
    one = await lucid.sessions.create("Look", files=[("a.txt", b"a")], idempotency_key="files-twice")
    assert await lucid.sessions.create("Look", files=[("a.txt", b"a")], idempotency_key="files-twice") == one
    with pytest.raises(LucidError) as raised:
        await lucid.sessions.create("Look", files=[("a.txt", b"b")], idempotency_key="files-twice")
    assert raised.value.code == "idReused"


def test_the_same_without_an_event_loop(engine: EngineProcess) -> None:
    with create_client(engine.url, token=sign_token("ada")) as lucid:
        with lucid.open("What is on it?", files=[("shot.png", make_png(3, 2))]) as session:
            task = next(event for event in session if event["type"] == "ack")
            assert names_of(task) == ["shot.png"]
            lucid.sessions.send(session.id, "And this?", files=[("more.txt", b"more")])
            more = next(event for event in session if event["type"] == "ack")
            assert names_of(more) == ["more.txt"]


async def test_what_the_engine_would_not_take_is_refused(connect: Connect) -> None:
    lucid = connect()
    with pytest.raises(LucidError) as raised:
        await lucid.open("Look", files=[("no.png", b"no image")])
    assert raised.value.code == "invalid" and raised.value.errors[0]["path"] == "files.0"
    large: list[tuple[str, bytes]] = [("a", bytes(FILES_BYTES_MAX)), ("b", b"b")]
    many: list[tuple[str, bytes]] = [(str(number), b"") for number in range(FILES_MAX + 1)]
    for files in (large, many):
        with pytest.raises(LucidError) as refused:
            await lucid.open("Look", files=files)
        assert refused.value.code == "invalid" and not refused.value.retryable
    assert (await lucid.open("Look", files=large[:1])).id != ""


def test_no_more_of_a_file_is_read_than_can_be_sent() -> None:
    with pytest.raises(LucidError) as raised:
        read_files(["/dev/zero"])
    assert raised.value.code == "invalid"
    with pytest.raises(OSError):
        read_files(["/nonexistent"])
    one: Any = "shot.png"
    with pytest.raises(TypeError):
        read_files(one)


async def test_how_a_session_stands_is_in_its_snapshot_also_for_who_comes_later(connect: Connect) -> None:
    lucid = connect()
    session = await lucid.open("Write hello world", budget_usd=2.5, effort="high")
    for followed in (session, lucid.attach(session.id)):
        now = await wait_for_now(followed, lambda now: "budgetUsd" in now)
        assert (now["budgetUsd"], now["effort"], now["waitingFor"]) == (2.5, "high", [])
    report = await lucid.sessions.read(session.id)
    assert report["now"]["budgetUsd"] == 2.5


async def wait_for_now(session: AsyncSession, is_it: Callable[[SessionNow], bool]) -> SessionNow:
    found: asyncio.Future[SessionNow] = asyncio.get_running_loop().create_future()

    def look(snapshot: Snapshot) -> None:
        if snapshot.now is not None and is_it(snapshot.now) and not found.done():
            found.set_result(snapshot.now)

    remove = session.on("state", look)
    look(session.state.get_snapshot())
    try:
        return await asyncio.wait_for(found, PATIENCE_S)
    finally:
        remove()


async def test_the_frames_of_what_is_never_stored_have_their_types(connect: Connect) -> None:
    session = await connect().open("Write hello world")
    heard: asyncio.Future[SessionNow] = asyncio.get_running_loop().create_future()

    def take(frame: Transient) -> None:
        """A type checker knows the fields of each, which `mypy` makes sure of."""
        if frame["type"] == "session_state" and not heard.done():
            heard.set_result(frame["now"])
        if frame["type"] == "model_wait":
            assert frame["waiting"] == "rateLimit" and frame["waitMs"] >= 0
        if frame["type"] == "call_delta":
            assert isinstance(frame["toolCallId"] + frame["tool"] + frame["text"], str)

    session.on("transient", take)
    assert (await asyncio.wait_for(heard, PATIENCE_S))["waitingFor"] == []
