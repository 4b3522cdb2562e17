"""What can be asked for over REST, in groups; scripts/write_sync.py makes this from `_async_resources.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol, TypeVar, overload

from . import _calls as calls
from ._attached_files import AttachedFile
from ._call import Call
from ._calls import DecisionName, MessageOptions, SessionSettings
from ._typing import Unpack
from .models import (
    Changes,
    CreateSessionAnswer,
    CreateShareAnswer,
    CreateWebhookAnswer,
    DeleteChatAnswer,
    DeleteShareAnswer,
    DeleteWebhookAnswer,
    DeliveryState,
    ExportChatAnswer,
    FileContent,
    FileDiff,
    ForkChatAnswer,
    InterruptSessionAnswer,
    ListChatsAnswer,
    ListDeliveriesAnswer,
    ListModelsAnswer,
    ListSessionsAnswer,
    ListSharesAnswer,
    ListWebhooksAnswer,
    ReadChatAnswer,
    ReadEventsAnswer,
    ReadMessagesAnswer,
    ReadResourcesAnswer,
    ReadShareAnswer,
    RedeliverAnswer,
    RenameChatAnswer,
    ReportedSession,
    SendAnswerAnswer,
    SendDecisionAnswer,
    SendMessageAnswer,
    SessionState,
    StopSessionAnswer,
    Tree,
    UploadFileAnswer,
    WebhookEvent,
    WriteFileAnswer,
)

Answer = TypeVar("Answer")


class Send(Protocol):
    def __call__(self, call: Call[Answer], /) -> Answer: ...


class Sessions:
    def __init__(self, send: Send) -> None:
        self._send = send

    def create(
        self,
        task: str,
        *,
        auto_start: bool = False,
        files: Sequence[AttachedFile] = (),
        idempotency_key: str | None = None,
        **settings: Unpack[SessionSettings],
    ) -> CreateSessionAnswer:
        """Makes a session; without `auto_start` it begins with its first client. Under one key it is one session.

        `files` come with the task: models that see are shown the images among them.
        """
        return self._send(calls.create_session(task, auto_start, files, idempotency_key, settings))

    def models(self) -> ListModelsAnswer:
        """The models, tools and limits that can be chosen for a session or a message."""
        return self._send(calls.list_models())

    def list(
        self,
        *,
        state: SessionState | Sequence[SessionState] | None = None,
        limit: int | None = None,
        before: str | None = None,
    ) -> ListSessionsAnswer:
        """The caller's live sessions; with `state` page by page all that are in these, `nextBefore` asks for the next."""
        return self._send(calls.list_sessions(state, limit, before))

    def read(self, session_id: str) -> ReportedSession:
        """How a session stands, and what its turns have used."""
        return self._send(calls.read_session(session_id))

    def resources(self, session_id: str) -> ReadResourcesAnswer:
        """What its sandbox uses now; a session at rest is left there."""
        return self._send(calls.read_resources(session_id))

    def send(
        self,
        session_id: str,
        content: str,
        *,
        files: Sequence[AttachedFile] = (),
        idempotency_key: str | None = None,
        **options: Unpack[MessageOptions],
    ) -> SendMessageAnswer:
        """One more message of the user, and the files that come with it. Under one key it is one message."""
        return self._send(calls.send_message(session_id, content, files, idempotency_key, options))

    def answer(
        self, session_id: str, tool_call_id: str, content: str, *, idempotency_key: str | None = None
    ) -> SendAnswerAnswer:
        """Answers a question of the agent."""
        return self._send(calls.send_answer(session_id, tool_call_id, content, idempotency_key))

    def decide(
        self,
        session_id: str,
        tool_call_id: str,
        decision: DecisionName,
        *,
        message: str | None = None,
        input: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> SendDecisionAnswer:
        """Decides about a call that wants an approval, or about a plan. `input` is what the call is run with instead."""
        fields = calls.decision_fields(tool_call_id, decision, message, input)
        return self._send(calls.send_decision(session_id, fields, idempotency_key))

    def interrupt(self, session_id: str, *, idempotency_key: str | None = None) -> InterruptSessionAnswer:
        """Ends the turn. The session goes on with the next message."""
        return self._send(calls.interrupt_session(session_id, idempotency_key))

    def events(self, session_id: str, *, after: int | None = None, limit: int | None = None) -> ReadEventsAnswer:
        """A page of what was stored of a session; `nextAfter` asks for the next."""
        return self._send(calls.read_events(session_id, after, limit))

    def stop(self, session_id: str) -> StopSessionAnswer:
        """Ends a session for good."""
        return self._send(calls.stop_session(session_id))

    def share(self, session_id: str, *, expires_in_seconds: int | None = None, workspace: bool = False) -> CreateShareAnswer:
        """Makes a link by which people without an account watch it, with the files of its workspace or without."""
        return self._send(calls.create_share(session_id, expires_in_seconds, workspace))

    def list_shares(self, session_id: str) -> ListSharesAnswer:
        """Its links that are good, without their tokens."""
        return self._send(calls.list_shares(session_id))

    def unshare(self, session_id: str, share_id: str) -> DeleteShareAnswer:
        """Revokes a link; who watches by it sees nothing any more."""
        return self._send(calls.delete_share(session_id, share_id))

    def shared(self) -> ReadShareAnswer:
        """What a link shows, for a client whose token is that of the link."""
        return self._send(calls.read_share())


class Chats:
    def __init__(self, send: Send) -> None:
        self._send = send

    def list(self, *, q: str | None = None, limit: int | None = None, offset: int | None = None) -> ListChatsAnswer:
        """The caller's chats, newest first; with `q` those that have all its words in the title or in what was said."""
        return self._send(calls.list_chats(q, limit, offset))

    def read(self, chat_id: str, *, include_system: bool = False) -> ReadChatAnswer:
        """A chat with its messages; a long one is read page by page."""
        return self._send(calls.read_chat(chat_id, include_system))

    def messages(
        self,
        chat_id: str,
        *,
        after_sequence: int | None = None,
        limit: int | None = None,
        include_system: bool = False,
    ) -> ReadMessagesAnswer:
        """A page of messages; `nextAfterSequence` asks for the next."""
        return self._send(calls.read_messages(chat_id, after_sequence, limit, include_system))

    def rename(self, chat_id: str, title: str) -> RenameChatAnswer:
        return self._send(calls.rename_chat(chat_id, title))

    @overload
    def export(self, chat_id: str, *, format: Literal["json"] = "json") -> ExportChatAnswer: ...
    @overload
    def export(self, chat_id: str, *, format: Literal["markdown"]) -> str: ...
    def export(self, chat_id: str, *, format: Literal["json", "markdown"] = "json") -> ExportChatAnswer | str:
        """A chat of any length, with all that its events hold, or as Markdown to be read."""
        if format == "markdown":
            return self._send(calls.export_chat_as_markdown(chat_id))
        return self._send(calls.export_chat(chat_id))

    def fork(
        self,
        chat_id: str,
        *,
        until_sequence: int | None = None,
        task: str | None = None,
        idempotency_key: str | None = None,
    ) -> ForkChatAnswer:
        """Makes a session that goes on from a copy of the chat, up to an event or whole, in a workspace of its own."""
        return self._send(calls.fork_chat(chat_id, until_sequence, task, idempotency_key))

    def remove(self, chat_id: str) -> DeleteChatAnswer:
        """Deletes a chat with its messages; its session is stopped first."""
        return self._send(calls.remove_chat(chat_id))


class Files:
    def __init__(self, send: Send) -> None:
        self._send = send

    def list(self, session_id: str) -> Tree:
        """The workspace of a live session."""
        return self._send(calls.list_files(session_id))

    def read(self, session_id: str, path: str, *, offset: int | None = None, length: int | None = None) -> FileContent:
        """A file of it, or the `length` bytes behind `offset`: text, or base64 where `encoding` says so."""
        return self._send(calls.read_file(session_id, path, offset, length))

    def write(self, session_id: str, path: str, content: str | bytes) -> WriteFileAnswer:
        """Writes a file into it; the agent reads of it before its next step."""
        return self._send(calls.write_file(session_id, path, content))

    def upload(self, session_id: str, path: str, content: bytes) -> UploadFileAnswer:
        """Writes a file of up to 10 MiB into it, an image or an archive; in mock mode of up to 1 MiB."""
        return self._send(calls.upload_file(session_id, path, content))

    def changes(self, session_id: str) -> Changes:
        """What differs in it from the repository as it was cloned."""
        return self._send(calls.list_changes(session_id))

    def diff(self, session_id: str, path: str) -> FileDiff:
        """How one of these files differs."""
        return self._send(calls.read_diff(session_id, path))

    def archive(self, session_id: str, *, of: Literal["workspace", "changes"] = "workspace") -> bytes:
        """A tar.gz of the workspace, or of `changes.patch`, which `git apply` takes."""
        return self._send(calls.read_archive(session_id, of))


class Webhooks:
    def __init__(self, send: Send) -> None:
        self._send = send

    def create(self, url: str, events: Sequence[WebhookEvent], *, secret: str | None = None) -> CreateWebhookAnswer:
        """Has the engine call `url` with these events. The secret that signs them is answered here and never again."""
        return self._send(calls.create_webhook(url, events, secret))

    def list(self) -> ListWebhooksAnswer:
        """The caller's webhooks, oldest first."""
        return self._send(calls.list_webhooks())

    def remove(self, webhook_id: str) -> DeleteWebhookAnswer:
        """Deletes a webhook with its deliveries."""
        return self._send(calls.remove_webhook(webhook_id))

    def deliveries(
        self, webhook_id: str, *, state: DeliveryState | None = None, limit: int | None = None
    ) -> ListDeliveriesAnswer:
        """What was or will be delivered, newest first."""
        return self._send(calls.list_deliveries(webhook_id, state, limit))

    def redeliver(self, webhook_id: str, *, delivery_id: str | None = None) -> RedeliverAnswer:
        """Delivers one again, or all that failed; a disabled webhook is active again."""
        return self._send(calls.redeliver(webhook_id, delivery_id))
