"""Rules that hold for whatever arrives, in any order."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as some
from write_models import read_documents

from lucid_client import Backoff, LucidError, SessionSettings
from lucid_client import _calls as calls
from lucid_client._calls import camel
from lucid_client._closing import AskForToken, ComeBack, Decision, End, GiveUp, decide_after_close
from lucid_client._feed import Feed, Frame, Heed, Reconnect
from lucid_client._outbox import Command, Outbox
from lucid_client.async_client import encode_user
from lucid_client.close_codes import COMES_BACK
from lucid_client.errors import RETRYABLE_STATUSES
from lucid_client.events import Position
from lucid_client.models import CreateSessionBody


def event(sequence: int, epoch: int = 1) -> Frame:
    return {"type": "agent_event", "epoch": epoch, "sequence": sequence}


def heed(feed: Feed, frame: Frame) -> list[Any]:
    return [verdict.what for verdict in feed.receive(frame) if isinstance(verdict, Heed)]


@given(some.lists(some.tuples(some.integers(0, 30), some.integers(0, 30), some.integers(1, 3)), max_size=30))
def test_however_often_a_connection_is_cut_and_frames_are_said_twice_each_is_heard_once(
    connections: list[tuple[int, int, int]],
) -> None:
    """A connection gives `length` events behind the position, or from further back, each `copies` times."""
    feed = Feed("s", Position())
    heard: list[int] = []
    for length, back, copies in connections:
        start = max(0, feed.position.sequence - back)
        for sequence in range(start + 1, start + length + 1):
            for _ in range(copies):
                heard += [what["sequence"] for what in heed(feed, event(sequence))]
    assert heard == list(range(1, len(heard) + 1))


@given(some.integers(0, 50), some.integers(2, 50))
def test_events_that_are_missing_are_asked_for_once_and_then_said_to_be_lost(last: int, jump: int) -> None:
    feed = Feed("s", Position(1, last))
    assert feed.receive(event(last + jump)) == [Reconnect()]
    assert feed.position.sequence == last
    gap, after = heed(feed, event(last + jump))
    assert (gap["reason"], gap["fromSequence"], gap["toSequence"]) == ("missing", last + 1, last + jump - 1)
    assert after["sequence"] == last + jump


def test_an_acknowledgement_that_overtakes_events_is_heard_in_its_place() -> None:
    feed = Feed("s", Position(1, 3))
    ack = {"type": "ack", "id": "m", "epoch": 1, "sequence": 5}
    assert feed.receive(ack) == []
    assert [what["sequence"] for frame in (event(4), ack) for what in heed(feed, frame)] == [4, 5]


def test_frames_of_types_that_are_not_known_yet_are_passed_on() -> None:
    feed = Feed("s", Position())
    assert len(feed.receive({"type": "of_tomorrow", "text": "x"})) == 1
    assert heed(feed, {"type": "event_of_tomorrow", "epoch": 1, "sequence": 1}) != []
    assert feed.receive({"type": "pong"}) == []


@given(some.lists(some.sampled_from(["say", "send", "ack", "refuse", "cut"]), max_size=60))
def test_messages_are_settled_in_their_order_and_none_is_forgotten(acts: list[str]) -> None:
    outbox: Outbox[None] = Outbox()
    said: list[str] = []
    settled: list[str] = []
    on_the_way: list[Command[None]] = []
    for act in acts:
        if act == "say":
            said.append(f"m-{len(said)}")
            outbox.add(Command("message", said[-1], {"content": "text"}, None))
        elif act == "send":
            on_the_way += outbox.take_due(now=0)[0]
        elif act == "cut":
            outbox.forget_sending()
            on_the_way = []
        elif on_the_way:
            command = on_the_way.pop(0)
            if act == "refuse":
                outbox.postpone(command, until=0)
            elif outbox.settle(command.id) is not None:
                settled.append(command.id)
    assert len(on_the_way) <= 1
    assert settled + [command.id for command in outbox.take_all()] == said


def test_what_is_refused_for_now_waits_for_its_time_and_what_was_said_behind_it_too() -> None:
    outbox: Outbox[None] = Outbox()
    for name in ("a", "b"):
        outbox.add(Command("message", name, {"content": name}, None))
    [first], _ = outbox.take_due(now=0)
    outbox.postpone(first, until=5)
    assert outbox.take_due(now=4) == ([], 5)
    assert [command.id for command in outbox.take_due(now=5)[0]] == ["a"]


def test_an_interrupt_does_not_wait_for_the_answer_to_a_message() -> None:
    outbox: Outbox[None] = Outbox()
    outbox.add(Command("message", "a", {"content": "text"}, None))
    outbox.add(Command("interrupt", "b", {}, None))
    assert [json.loads(command.text) for command in outbox.take_due(now=0)[0]] == [
        {"type": "message", "id": "a", "content": "text"},
        {"type": "interrupt", "id": "b"},
    ]


@given(some.integers(1, 1_000), some.integers(0, 10**9) | some.none())
def test_a_wait_is_never_long_and_never_shorter_than_was_asked_for(failures: int, retry_after_ms: int | None) -> None:
    delay = Backoff(first_ms=250, max_ms=15_000).delay_ms(failures, retry_after_ms)
    assert min(retry_after_ms or 0, 300_000) + 125 <= delay <= 315_000


def test_clients_come_back_after_those_closes_that_say_so() -> None:
    refusal = LucidError("notYours", "It is another user's.")
    kinds: dict[int | None, type[Decision]] = {1000: End, 4010: AskForToken, None: ComeBack, 1006: ComeBack, 1011: ComeBack}
    for code, comes_back in COMES_BACK.items():
        kinds.setdefault(code, ComeBack if comes_back else GiveUp)
    assert {code: type(decide_after_close(code, "", refusal)) for code in kinds} == kinds


def test_errors_of_rest_are_retryable_where_the_catalogue_says_so() -> None:
    catalogue = read_documents()["errors"]
    for name, kind in catalogue.items():
        assert (kind["status"] in RETRYABLE_STATUSES) == kind["retryable"], name


def test_a_session_may_be_asked_for_all_that_the_engine_takes() -> None:
    others = {"id", "task", "autoStart", "model_provider", "api_key"}
    assert {camel(name) for name in SessionSettings.__annotations__} == set(CreateSessionBody.__annotations__) - others


def test_every_route_but_those_of_operators_has_a_method() -> None:
    text = Path(calls.__file__).read_text()
    asked = {(method, re.sub(r"{.*?}+", "{id}", path)) for method, path in re.findall(r'"([A-Z]+)",\s+f?"(/api[^"]+)"', text)}
    paths: dict[str, dict[str, Any]] = read_documents()["openapi"]["paths"]
    routes = {(method.upper(), path) for path, on_path in paths.items() for method in on_path}
    of_users = {(method, re.sub(r"{.*?}", "{id}", path)) for method, path in routes if not path.startswith("/api/v1/admin/")}
    assert {route for route in of_users if route[0] != "HEAD" and route[1].startswith("/api/")} == asked


def test_users_of_any_name_fit_into_a_header() -> None:
    assert [encode_user(user) for user in ("ada", "josé", "100 %", "a/b?")] == ["ada", "jos%C3%A9", "100%20%25", "a/b?"]
    assert json.dumps(encode_user("é\r\nX-Evil: 1")) == '"%C3%A9%0D%0AX-Evil:%201"'
