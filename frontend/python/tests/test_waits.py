"""Answers and decisions, and what a message chooses for its turn, as they go over the wire."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from engine_process import EngineProcess, sign_token
from lucid_client import AsyncClient, LucidError, create_client
from lucid_client._calls import MessageOptions, camel, decision_fields
from lucid_client._outbox import Command
from lucid_client.models import SendMessageBody

Connect = Callable[..., AsyncClient]


def test_a_decision_has_what_was_said_and_nothing_else() -> None:
    fields = decision_fields("c-1", "deny", "not so", None)
    said = json.loads(Command("decide", "d-1", fields, None).text)
    assert said == {"type": "decide", "id": "d-1", "toolCallId": "c-1", "decision": "deny", "message": "not so"}


def test_a_message_may_choose_all_that_the_engine_takes() -> None:
    names = set(SendMessageBody.__annotations__) - {"id", "content"}
    assert {camel(name) for name in MessageOptions.__annotations__} == names


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_json_has_not_is_refused_before_it_is_sent(number: float) -> None:
    assert "JSON" in (Command("message", "m-1", {"content": "a", "budgetUsd": number}, None).find_problem() or "")


async def test_a_message_brings_its_choice(connect: Connect) -> None:
    lucid = connect()
    session = await lucid.open("Write hello world", policy={"mode": "ask"}, max_iterations=40)
    ack = await session.send("Now add unit tests", effort="low", max_iterations=5)
    assert ack["content"] == "Now add unit tests"
    with pytest.raises(LucidError) as raised:
        await session.send("And more", max_iterations=0)
    assert raised.value.code in ("invalid", "badMessage")


async def test_what_nobody_asked_is_not_answered(connect: Connect) -> None:
    lucid = connect()
    session = await lucid.open("Write hello world")
    for refused in (session.answer("c-1", "PostgreSQL"), session.decide("c-1", "allow")):
        with pytest.raises(LucidError) as raised:
            await refused
        assert not raised.value.retryable
    with pytest.raises(LucidError) as over_rest:
        await lucid.sessions.answer(session.id, "c-1", "PostgreSQL")
    assert over_rest.value.code == raised.value.code
    with pytest.raises(LucidError) as decided:
        await lucid.sessions.decide(session.id, "c-1", "deny", message="not so")
    assert decided.value.code == raised.value.code


def test_the_same_without_an_event_loop(engine: EngineProcess) -> None:
    with create_client(engine.url, token=sign_token("ada")) as lucid, lucid.open("Write hello world") as session:
        assert session.send("More", effort="high").result()["content"] == "More"
        for refused in (session.answer("c-1", "PostgreSQL"), session.decide("c-1", "deny", message="not so")):
            with pytest.raises(LucidError):
                refused.result()
