"""What is asked over REST, and what its errors say."""

from __future__ import annotations

import asyncio
import tarfile
from collections.abc import Callable
from contextlib import closing
from io import BytesIO

import pytest

from cutting_proxy import CuttingProxy, Harm
from engine_process import INTERNAL_KEY, EngineProcess, sign_token
from lucid_client import AsyncClient, Backoff, LucidError, create_async_client, create_client

Connect = Callable[..., AsyncClient]
NOWHERE = "01a20796-a6ea-76b4-b1d8-9effe2c88dc3"


async def test_a_session_is_made_read_spoken_to_and_stopped(connect: Connect) -> None:
    lucid = connect()
    made = await lucid.sessions.create("Write hello world", auto_start=True, git_user_name="Ada", branch=None)
    session_id = made["sessionId"]
    accepted = await lucid.sessions.send(session_id, "Now add unit tests", idempotency_key="k-1")
    assert await lucid.sessions.send(session_id, "Now add unit tests", idempotency_key="k-1") == accepted
    assert session_id in [session["sessionId"] for session in (await lucid.sessions.list())["sessions"]]
    assert (await lucid.sessions.stop(session_id))["status"] == "stopped"
    assert (await lucid.sessions.read(session_id))["state"] == "stopped"


async def test_sessions_are_listed_by_state_interrupted_and_read_event_by_event(engine: EngineProcess) -> None:
    async with create_async_client(engine.url, token=sign_token("lister")) as lucid:
        made = [(await lucid.open("Write hello world")).id for _ in range(3)]
        await lucid.sessions.stop(made[0])
        assert [one["sessionId"] for one in (await lucid.sessions.list(state="stopped"))["sessions"]] == made[:1]
        page = await lucid.sessions.list(state=["idle", "working", "stopped"], limit=2)
        rest = await lucid.sessions.list(state=["idle", "working", "stopped"], before=page.get("nextBefore"))
        listed = [one["sessionId"] for one in page["sessions"] + rest["sessions"]]
        assert len(page["sessions"]) == 2 and sorted(listed) == sorted(made)
        one = await lucid.sessions.interrupt(made[1], idempotency_key="i-1")
        assert await lucid.sessions.interrupt(made[1], idempotency_key="i-1") == one
        heard = [await anext(session) for session in [lucid.attach(made[1])] for _ in range(3)]
        first = await lucid.sessions.events(made[1], limit=2)
        second = await lucid.sessions.events(made[1], after=first["nextAfter"], limit=1)
        assert [*first["events"], *second["events"]] == heard


async def test_chats_are_searched(connect: Connect) -> None:
    session = await connect().open("Write a parser for zygomorphic flowers")
    found = (await connect().chats.list(q="zygomorphic parser"))["chats"]
    assert [chat["agentSessionId"] for chat in found] == [session.id]
    assert (await connect().chats.list(q="zygomorphic lexer"))["chats"] == []


async def test_webhooks_are_made_listed_delivered_again_and_removed(connect: Connect) -> None:
    lucid = connect()
    made = await lucid.webhooks.create("https://example.com/hook", ["turn.completed", "session.stopped"])
    assert made["secret"].startswith("whsec_")
    assert made["id"] in [webhook["id"] for webhook in (await lucid.webhooks.list())["webhooks"]]
    assert (await lucid.webhooks.deliveries(made["id"], state="failed", limit=5))["deliveries"] == []
    assert (await lucid.webhooks.redeliver(made["id"]))["deliveries"] == 0
    with pytest.raises(LucidError) as raised:
        await lucid.webhooks.redeliver(made["id"], delivery_id=NOWHERE)
    assert raised.value.code == "noSuchDelivery"
    assert (await lucid.webhooks.remove(made["id"]))["status"] == "deleted"


async def test_under_one_key_it_is_one_session(connect: Connect) -> None:
    lucid = connect()
    one = await lucid.sessions.create("Write hello world", idempotency_key="twice")
    assert await lucid.sessions.create("Write hello world", idempotency_key="twice") == one
    with pytest.raises(LucidError) as raised:
        await lucid.sessions.create("Write something else", idempotency_key="twice")
    assert (raised.value.code, raised.value.status, raised.value.retryable) == ("idReused", 422, False)


async def test_chats_are_listed_read_renamed_shared_forked_and_removed(connect: Connect, engine: EngineProcess) -> None:
    lucid = connect()
    session = await lucid.open("Write hello world")
    async for event in session:
        if event["type"] == "status" and event["status"] == "completed":
            break
    chat = next(c for c in (await lucid.chats.list())["chats"] if c["agentSessionId"] == session.id)
    assert (await lucid.chats.rename(chat["id"], "A/b? 100 %"))["title"] == "A/b? 100 %"
    whole = await lucid.chats.read(chat["id"])
    assert whole["title"] == "A/b? 100 %" and whole["messages"][0]["content"] == "Write hello world"
    page = await lucid.chats.messages(chat["id"], limit=2, include_system=True)
    assert len(page["messages"]) == 2 and page["nextAfterSequence"] == 2
    exported = await lucid.chats.export(chat["id"])
    assert [message["sequence"] for message in exported["messages"]][:2] == [1, 2]
    assert "Write hello world" in await lucid.chats.export(chat["id"], format="markdown")
    session_id = chat["agentSessionId"]
    assert session_id is not None
    made = await lucid.sessions.share(session_id, expires_in_seconds=3_600)
    async with create_async_client(engine.url, token=made["token"]) as viewer:
        assert (await viewer.sessions.shared())["session"]["sessionId"] == session_id
    assert [share["id"] for share in (await lucid.sessions.list_shares(session_id))["shares"]] == [made["id"]]
    assert (await lucid.sessions.unshare(session_id, made["id"]))["status"] == "deleted"
    fork = await lucid.chats.fork(chat["id"], task="Another way")
    assert (await lucid.chats.read(fork["chatId"]))["title"] == "Another way"
    assert (await lucid.chats.remove(chat["id"]))["status"] == "deleted"
    with pytest.raises(LucidError) as raised:
        await lucid.chats.remove(chat["id"])
    assert raised.value.code == "noSuchChat"


def test_files_are_listed_and_read_without_an_event_loop(engine: EngineProcess) -> None:
    with create_client(engine.url, token=sign_token("ada")) as lucid, lucid.open("Write hello world") as session:
        for event in session:
            if event["type"] == "status" and event["status"] == "completed":
                break
        tree = lucid.files.list(session.id)["tree"]
        assert tree[0]["type"] == "folder" and tree[0]["children"][0]["name"] == "hello.py"
        path = tree[0]["children"][0]["path"]
        assert lucid.files.read(session.id, path)["content"].endswith('print("Hello from Lucid!")\n')
        assert lucid.files.read(session.id, path, offset=0, length=9)["content"] == "# Written"
        assert lucid.files.write(session.id, "project/notes.txt", "Say hello twice.\n")["size"] == 17
        assert lucid.files.write(session.id, "project/bytes", b"\xff\x00")["status"] == "written"
        assert lucid.files.upload(session.id, "project/image.png", b"\x89PNG")["size"] == 4
        assert lucid.files.read(session.id, "project/notes.txt")["content"] == "Say hello twice.\n"
        assert lucid.files.read(session.id, "project/bytes") == {"content": "/wA=", "encoding": "base64"}
        changed = lucid.files.changes(session.id)["changes"]
        assert {(change["path"], change["kind"]) for change in changed} >= {("/workspace/project/notes.txt", "added")}
        assert "+Say hello twice." in lucid.files.diff(session.id, "/workspace/project/notes.txt")["diff"]
        with tarfile.open(fileobj=BytesIO(lucid.files.archive(session.id))) as archive:
            assert any(name.endswith("project/notes.txt") for name in archive.getnames())
        with tarfile.open(fileobj=BytesIO(lucid.files.archive(session.id, of="changes"))) as archive:
            patch = archive.extractfile("changes.patch")
            assert patch is not None and b"+Say hello twice." in patch.read()


async def test_a_back_end_calls_for_its_users(engine: EngineProcess) -> None:
    async with create_async_client(engine.url, user_id="josé 100 %", internal_key=INTERNAL_KEY) as lucid:
        await lucid.sessions.create("Write hello world")
        assert {s["userId"] for s in (await lucid.sessions.list())["sessions"]} == {"josé 100 %"}


async def test_errors_say_what_went_wrong_and_whether_to_try_again(connect: Connect, engine: EngineProcess) -> None:
    with pytest.raises(LucidError) as raised:
        await connect().sessions.read(NOWHERE)
    error = raised.value
    assert (error.code, error.status, error.retryable, error.retry_after_ms) == ("noSuchSession", 404, False, None)
    with pytest.raises(LucidError) as raised:
        await connect().sessions.create("")
    assert raised.value.code == "invalid" and raised.value.errors[0]["path"] == "task"
    async with create_async_client(engine.url, token="no token") as stranger:
        with pytest.raises(LucidError) as raised:
            await stranger.sessions.list()
    assert (raised.value.code, raised.value.status) == ("notAuthenticated", 401)


async def test_what_is_asked_of_nobody_fails_after_some_tries(engine: EngineProcess) -> None:
    with closing(CuttingProxy(engine.port, lambda _: Harm(cut_up_after=0))) as proxy:
        async with create_async_client(proxy.url, token=sign_token("ada"), backoff=Backoff(0, 0)) as lucid:
            with pytest.raises(LucidError) as raised:
                await lucid.sessions.list()
        assert (raised.value.code, raised.value.retryable, proxy.connections) == ("networkFailed", True, 5)


async def test_a_long_wait_is_left_to_the_caller(connect: Connect) -> None:
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        seconds = 0 if len(asked) == 1 else 31
        body = b'{"code":"tooManySessions","detail":"Too many."}'
        head = f"HTTP/1.1 429 No\r\nRetry-After: {seconds}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    lucid = connect(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    with pytest.raises(LucidError) as raised:
        await lucid.sessions.create("Write hello world", idempotency_key="k-1")
    error = raised.value
    assert (error.code, error.retry_after_ms, error.idempotency_key) == ("tooManySessions", 31_000, "k-1")
    assert len(asked) == 2
    server.close()


async def test_what_was_removed_before_its_answer_was_cut_is_removed(connect: Connect, engine: EngineProcess) -> None:
    direct = connect()
    made = await direct.sessions.create("Write hello world")
    chat_id = (await direct.sessions.read(made["sessionId"]))["chatId"]
    harms = iter([Harm(cut_down_after=1)])
    with closing(CuttingProxy(engine.port, lambda _: next(harms, Harm()))) as proxy:
        lucid = connect(proxy.url)
        assert await lucid.chats.remove(chat_id) == {"status": "deleted", "id": chat_id}
        assert proxy.connections == 2


def test_an_address_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="base_url"):
        create_client("localhost:8000")


async def test_what_comes_back_of_something_else_is_no_answer(connect: Connect, engine: EngineProcess) -> None:
    lucid = connect(f"{engine.url}/elsewhere")
    with pytest.raises(LucidError) as raised:
        await lucid.sessions.list()
    assert raised.value.code == "noSuchRoute"
