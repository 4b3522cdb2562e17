"""Every call over REST that this package makes, one function for each."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

from ._attached_files import AttachedFile, read_files
from ._call import Call, given, make_key, part
from ._typing import TypeAlias
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
    Policy,
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

Effort: TypeAlias = Literal["low", "medium", "high", "max"]
DecisionName: TypeAlias = Literal["allow", "allowForSession", "deny"]


class SessionSettings(TypedDict, total=False):
    """What a session may be asked for beside its task."""

    repo_url: str | None
    branch: str | None
    git_token: str | None
    git_user_name: str | None
    git_user_email: str | None
    project_id: str | None
    model_provider: str | None
    api_key: str | None
    model: str | None
    effort: Effort | None
    max_iterations: int | None
    timeout_seconds: float | None
    budget_usd: float | None
    tools: list[str] | None
    instructions: str | None
    mcp_servers: dict[str, dict[str, Any]] | None
    policy: Policy | None
    labels: dict[str, str] | None


class MessageOptions(TypedDict, total=False):
    """What a message may bring or choose for its turn, beside its words."""

    attachments: list[str] | None
    model: str | None
    effort: Effort | None
    max_iterations: int | None
    timeout_seconds: float | None
    budget_usd: float | None
    tools: list[str] | None


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def camel_keys(fields: Mapping[str, Any]) -> dict[str, Any]:
    """As the engine spells them; what isn't said is left out."""
    return {camel(name): value for name, value in fields.items() if value is not None}


def decision_fields(
    tool_call_id: str, decision: DecisionName, message: str | None, input: Mapping[str, Any] | None
) -> dict[str, Any]:
    return camel_keys({"tool_call_id": tool_call_id, "decision": decision, "message": message, "input": input})


def create_session(
    task: str, auto_start: bool, files: Sequence[AttachedFile], key: str | None, settings: SessionSettings
) -> Call[CreateSessionAnswer]:
    body = camel_keys(settings) | {"task": task, "autoStart": auto_start}
    return Call("POST", "/api/v1/sessions", body=body, files=read_files(files), key=key or make_key())


def list_models() -> Call[ListModelsAnswer]:
    return Call("GET", "/api/v1/models")


def list_sessions(
    state: SessionState | Sequence[SessionState] | None, limit: int | None, before: str | None
) -> Call[ListSessionsAnswer]:
    states = state if state is None or isinstance(state, str) else ",".join(state)
    return Call("GET", "/api/v1/sessions", given({"state": states, "limit": limit, "before": before}))


def read_session(session_id: str) -> Call[ReportedSession]:
    return Call("GET", f"/api/v1/sessions/{part(session_id)}")


def stop_session(session_id: str) -> Call[StopSessionAnswer]:
    return Call(
        "DELETE",
        f"/api/v1/sessions/{part(session_id)}",
        done_codes=frozenset({"sessionEnded", "noSuchSession"}),
        done_answer={"status": "stopped", "sessionId": session_id, "message": "The session has ended."},
    )


def read_resources(session_id: str) -> Call[ReadResourcesAnswer]:
    return Call("GET", f"/api/v1/sessions/{part(session_id)}/resources")


def send_message(
    session_id: str, content: str, files: Sequence[AttachedFile], key: str | None, options: MessageOptions
) -> Call[SendMessageAnswer]:
    body = camel_keys(options) | {"content": content}
    return Call(
        "POST", f"/api/v1/sessions/{part(session_id)}/messages", body=body, files=read_files(files), key=key or make_key()
    )


def send_answer(session_id: str, tool_call_id: str, content: str, key: str | None) -> Call[SendAnswerAnswer]:
    body = {"toolCallId": tool_call_id, "content": content}
    return Call("POST", f"/api/v1/sessions/{part(session_id)}/answers", body=body, key=key or make_key())


def send_decision(session_id: str, fields: dict[str, Any], key: str | None) -> Call[SendDecisionAnswer]:
    return Call("POST", f"/api/v1/sessions/{part(session_id)}/decisions", body=fields, key=key or make_key())


def interrupt_session(session_id: str, key: str | None) -> Call[InterruptSessionAnswer]:
    return Call("POST", f"/api/v1/sessions/{part(session_id)}/interrupt", key=key or make_key())


def read_events(session_id: str, after: int | None, limit: int | None) -> Call[ReadEventsAnswer]:
    return Call("GET", f"/api/v1/sessions/{part(session_id)}/events", given({"after": after, "limit": limit}))


def create_share(session_id: str, expires_in_seconds: int | None, workspace: bool) -> Call[CreateShareAnswer]:
    body = given({"expiresInSeconds": expires_in_seconds, "workspace": workspace})
    return Call("POST", f"/api/v1/sessions/{part(session_id)}/shares", body=body)


def list_shares(session_id: str) -> Call[ListSharesAnswer]:
    return Call("GET", f"/api/v1/sessions/{part(session_id)}/shares")


def delete_share(session_id: str, share_id: str) -> Call[DeleteShareAnswer]:
    return Call(
        "DELETE",
        f"/api/v1/sessions/{part(session_id)}/shares/{part(share_id)}",
        done_codes=frozenset({"noSuchShare"}),
        done_answer={"status": "deleted", "id": share_id},
    )


def read_share() -> Call[ReadShareAnswer]:
    return Call("GET", "/api/v1/share")


def list_chats(q: str | None, limit: int | None, offset: int | None) -> Call[ListChatsAnswer]:
    return Call("GET", "/api/v1/chats", given({"q": q, "limit": limit, "offset": offset}))


def read_chat(chat_id: str, include_system: bool) -> Call[ReadChatAnswer]:
    return Call("GET", f"/api/v1/chats/{part(chat_id)}", include(include_system))


def read_messages(
    chat_id: str, after_sequence: int | None, limit: int | None, include_system: bool
) -> Call[ReadMessagesAnswer]:
    query = given({"after_sequence": after_sequence, "limit": limit}) | include(include_system)
    return Call("GET", f"/api/v1/chats/{part(chat_id)}/messages", query)


def include(system: bool) -> dict[str, str | int]:
    return {"include": "system"} if system else {}


def rename_chat(chat_id: str, title: str) -> Call[RenameChatAnswer]:
    return Call("PATCH", f"/api/v1/chats/{part(chat_id)}", body={"title": title})


def remove_chat(chat_id: str) -> Call[DeleteChatAnswer]:
    return Call(
        "DELETE",
        f"/api/v1/chats/{part(chat_id)}",
        done_codes=frozenset({"noSuchChat"}),
        done_answer={"status": "deleted", "id": chat_id},
    )


def export_chat(chat_id: str) -> Call[ExportChatAnswer]:
    return Call("GET", f"/api/v1/chats/{part(chat_id)}/export", {"format": "json"})


def export_chat_as_markdown(chat_id: str) -> Call[str]:
    return Call("GET", f"/api/v1/chats/{part(chat_id)}/export", {"format": "markdown"}, form="text")


def fork_chat(chat_id: str, until_sequence: int | None, task: str | None, key: str | None) -> Call[ForkChatAnswer]:
    body = given({"untilSequence": until_sequence, "task": task})
    return Call("POST", f"/api/v1/chats/{part(chat_id)}/fork", body=body, key=key or make_key())


def list_files(session_id: str) -> Call[Tree]:
    return Call("GET", "/api/v1/files/list", {"session_id": session_id})


def read_file(session_id: str, path: str, offset: int | None, length: int | None) -> Call[FileContent]:
    query = given({"session_id": session_id, "path": path, "offset": offset, "length": length})
    return Call("GET", "/api/v1/files/read", query)


def write_file(session_id: str, path: str, content: str | bytes) -> Call[WriteFileAnswer]:
    body: dict[str, Any] = {"session_id": session_id, "path": path}
    if isinstance(content, bytes):
        body |= {"content": b64encode(content).decode(), "encoding": "base64"}
    else:
        body["content"] = content
    return Call("POST", "/api/v1/files/write", body=body)


def upload_file(session_id: str, path: str, content: bytes) -> Call[UploadFileAnswer]:
    return Call("POST", "/api/v1/files/upload", {"session_id": session_id, "path": path}, content=content)


def list_changes(session_id: str) -> Call[Changes]:
    return Call("GET", f"/api/v1/sessions/{part(session_id)}/changes")


def read_diff(session_id: str, path: str) -> Call[FileDiff]:
    return Call("GET", f"/api/v1/sessions/{part(session_id)}/changes/diff", {"path": path})


def read_archive(session_id: str, of: Literal["workspace", "changes"]) -> Call[bytes]:
    return Call("GET", f"/api/v1/sessions/{part(session_id)}/archive", {"of": of}, form="bytes")


def create_webhook(url: str, events: Sequence[WebhookEvent], secret: str | None) -> Call[CreateWebhookAnswer]:
    body = {"url": url, "events": list(events)} | ({} if secret is None else {"secret": secret})
    return Call("POST", "/api/v1/webhooks", body=body)


def list_webhooks() -> Call[ListWebhooksAnswer]:
    return Call("GET", "/api/v1/webhooks")


def remove_webhook(webhook_id: str) -> Call[DeleteWebhookAnswer]:
    return Call(
        "DELETE",
        f"/api/v1/webhooks/{part(webhook_id)}",
        done_codes=frozenset({"noSuchWebhook"}),
        done_answer={"status": "deleted", "id": webhook_id},
    )


def list_deliveries(webhook_id: str, state: DeliveryState | None, limit: int | None) -> Call[ListDeliveriesAnswer]:
    query = given({"state": state, "limit": limit})
    return Call("GET", f"/api/v1/webhooks/{part(webhook_id)}/deliveries", query)


def redeliver(webhook_id: str, delivery_id: str | None) -> Call[RedeliverAnswer]:
    body = {} if delivery_id is None else {"deliveryId": delivery_id}
    return Call("POST", f"/api/v1/webhooks/{part(webhook_id)}/redeliver", body=body)
