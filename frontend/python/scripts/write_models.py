"""Writes models.py and close_codes.py of the client, from the documents that the engine publishes.

usage: python scripts/write_models.py [--check]

--check writes nothing, and fails where the files aren't what would be written. NODE is the Node 24 that reads the
documents; without it, the one of the repository or of PATH.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

Schema = dict[str, Any]

home = Path(__file__).parent.parent
package = home / "src" / "lucid_client"
own_node = home.parent.parent / ".runtime" / "node_modules" / "node" / "bin" / "node"

# Each kind of event by the type of its frame.
event_names = {"status": "StatusEvent", "agent_event": "AgentEvent", "ack": "AckEvent", "error": "ErrorEvent"}
# Frames whose own name is that of another type.
frame_names = {"session_state": "SessionStateFrame"}
position_fields = ["sessionId", "epoch", "sequence", "timestamp"]
# Schemas within others that a program would want to have a name for, by all places where they stand.
inner_names = {
    "LastTurn": ["ReportedSession/properties/lastTurn/anyOf/0"],
    "LastEvent": ["ReportedSession/properties/lastEvent/anyOf/0"],
    "TotalUsage": ["ReportedSession/properties/usage"],
    "InputErrors": ["Problem/properties/errors", "ErrorEvent/properties/errors"],
    "ErrorCode": ["Problem/properties/code", "ErrorEvent/properties/code"],
    "ListedSession": ["ListSessionsAnswer/properties/sessions/items/anyOf/1"],
    "ChatMatch": ["ListedChat/properties/match/anyOf/0"],
    "SessionState": ["ReportedSession/properties/state"],
    "SessionNow": [
        "ReportedSession/properties/now",
        "SharedSession/properties/now",
        "AdminSession/properties/now",
        "SessionStateFrame/properties/now",
    ],
    "WebhookEvent": [
        "Webhook/properties/events/items",
        "Delivery/properties/type",
        "CreateWebhookBody/properties/events/items",
        "CreateWebhookAnswer/properties/events/items",
    ],
    "DeliveryState": ["Delivery/properties/state"],
}


def read_documents() -> dict[str, Schema]:
    node = os.environ.get("NODE") or (str(own_node) if own_node.exists() else "node")
    command = [node, str(Path(__file__).parent / "print-documents.ts")]
    printed = subprocess.run(command, check=True, capture_output=True, text=True)
    documents: dict[str, Schema] = json.loads(printed.stdout)
    return documents


def upper_first(name: str) -> str:
    return name[:1].upper() + name[1:]


def pascal(name: str) -> str:
    return "".join(upper_first(part) for part in name.split("_"))


def list_rest_schemas(openapi: Schema) -> dict[str, Schema]:
    """The named schemas, and of each operation what it takes and answers."""
    components = openapi["components"]["schemas"]
    frames = list_frame_names(openapi)
    found: dict[str, Schema] = {name: schema for name, schema in components.items() if name not in frames}
    for path in openapi["paths"].values():
        for method, operation in path.items():
            if method == "head":
                continue
            name = upper_first(operation["operationId"])
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            answer = operation["responses"].get("200", {}).get("content", {}).get("application/json")
            for suffix, content in (("Body", body), ("Answer", answer)):
                if content and "$ref" not in content["schema"]:
                    found[f"{name}{suffix}"] = content["schema"]
    return found


def list_frame_names(openapi: Schema) -> list[str]:
    """The schemas that an `EventFrame` may have."""
    variants = openapi["components"]["schemas"]["EventFrame"]["oneOf"]
    return [variant["$ref"].rpartition("/")[2] for variant in variants]


def list_event_schemas(openapi: Schema) -> dict[str, Schema]:
    """`EventFrame` is one of these; what such a frame may lack is there where it is an event."""
    found: dict[str, Schema] = {}
    for name in list_frame_names(openapi):
        variant = openapi["components"]["schemas"][name]
        required = [*variant["required"], *(name for name in position_fields if name not in variant["required"])]
        found[event_names[variant["properties"]["type"]["const"]]] = {**variant, "required": required}
    return found


def list_frame_schemas(asyncapi: Schema) -> dict[str, Schema]:
    """Of those that are no events, or not always: a `status` may have no position."""
    found: dict[str, Schema] = {}
    for name, message in asyncapi["components"]["messages"].items():
        if name in ("first_message", "ack", "agent_event", "error"):
            continue
        payload = {key: value for key, value in message["payload"].items() if key != "title"}
        found[frame_names.get(name, pascal(name))] = {"description": message["summary"], **payload}
    return found


def name_inner(schemas: dict[str, Schema]) -> dict[str, Schema]:
    named: dict[str, Schema] = {}
    for name, places in inner_names.items():
        for place in places:
            *path, last = [int(part) if part.isdecimal() else part for part in place.split("/")]
            outer: Any = schemas
            try:
                for part in path:
                    outer = outer[part]
                named[name], outer[last] = outer[last], {"$ref": f"#/$defs/{name}"}
            except (KeyError, IndexError, TypeError):
                raise SystemExit(f"{place} isn't there any more: change inner_names.") from None
    return {**schemas, **named}


def is_detail(key: str, value: Any) -> bool:
    """What no type says, or none of Python's own: it has no closed dictionaries yet. A field may have such a name, too: its
    schema is a dict."""
    return (key in ("pattern", "format", "examples") and not isinstance(value, dict)) or (
        key == "additionalProperties" and value is False
    )


def mend(schema: Any) -> Any:
    """References within one document; providers of models as text, since each engine has its own."""
    if isinstance(schema, list):
        return [mend(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    mended = {key: mend(value) for key, value in schema.items() if not is_detail(key, value)}
    if isinstance(mended.get("$ref"), str):
        mended["$ref"] = mended["$ref"].replace("#/components/schemas/", "#/$defs/")
    if "{providers}" in mended.get("enum", []):
        del mended["enum"]
    return mended


def generate_models(documents: dict[str, Schema]) -> str:
    openapi = documents["openapi"]
    events = list_event_schemas(openapi)
    schemas = {**list_rest_schemas(openapi), **events, **list_frame_schemas(documents["asyncapi"])}
    schemas["EventFrame"] = {"anyOf": [{"$ref": f"#/$defs/{name}"} for name in events]}
    defs = name_inner(mend(schemas))
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "documents.json", Path(folder) / "models.py"
        source.write_text(json.dumps({"$defs": defs}))
        imports = {"NotRequired": "lucid_client._typing", "TypedDict": "typing", "TypeAlias": "lucid_client._typing"}
        command = [sys.executable, "-m", "datamodel_code_generator", "--input", str(source), "--output", str(target)]
        command += ["--input-file-type", "jsonschema", "--output-model-type", "typing.TypedDict"]
        command += ["--target-python-version", "3.11", "--use-standard-collections", "--use-union-operator"]
        command += ["--enum-field-as-literal", "all", "--disable-timestamp", "--formatters", "builtin"]
        command += ["--use-schema-description", "--import-overrides", json.dumps(imports)]
        command += ["--custom-file-header", '"""What goes over REST and the WebSocket; scripts/write_models.py writes it."""']
        subprocess.run(command, check=True)
        return target.read_text().replace("Model: TypeAlias = Any\n\n\n", "")  # It stands for the document as a whole.


def write_close_codes(documents: dict[str, Schema]) -> str:
    rows = [f"    {row['code']}: {row['comeBack']},\n" for row in documents["asyncapi"]["x-close-codes"]]
    opening = '"""What the engine closes a WebSocket with, and whether to come back; scripts/write_models.py writes it."""\n'
    return f"{opening}\nCOMES_BACK: dict[int, bool] = {{\n{''.join(rows)}}}\n"


def main() -> None:
    documents = read_documents()
    texts = {"models.py": generate_models(documents), "close_codes.py": write_close_codes(documents)}
    for name, text in texts.items():
        file = package / name
        if "--check" not in sys.argv:
            file.write_text(text)
        elif not file.exists() or file.read_text() != text:
            raise SystemExit(f"{file} isn't what the documents say: run npm run write:python")


if __name__ == "__main__":
    main()
