"""What the documents show works by copy and paste."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine_process import EngineProcess, sign_token
from lucid_client import SessionSettings
from lucid_client._sync_resources import Chats, Files, Sessions, Webhooks

root = Path(__file__).parent.parent.parent.parent
README = "frontend/python/README.md"
BASE_URL = "http://localhost:8000"


def read_programs(document: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (root / document).read_text(), re.DOTALL)


@pytest.mark.parametrize("document", [README, "docs/clients.md"])
def test_the_programs_of_a_document_run_as_they_stand(engine: EngineProcess, document: str) -> None:
    source = str(root / "frontend" / "python" / "src")
    environment = {**os.environ, "PYTHONPATH": source, "LUCID_TOKEN": sign_token("ada")}
    printed: list[str] = []
    for program in read_programs(document):
        command = [sys.executable, "-c", program.replace(BASE_URL, engine.url)]
        run = subprocess.run(command, capture_output=True, text=True, timeout=100, env=environment)
        assert run.returncode == 0 and run.stderr == "", run.stderr
        printed.append(run.stdout)
    assert "FileWriteAction" in printed[0] and "" not in printed


def test_every_call_over_rest_stands_in_the_table_with_its_arguments() -> None:
    groups = {"sessions": Sessions, "chats": Chats, "files": Files, "webhooks": Webhooks}
    calls = {
        f"lucid.{group}.{name}{show_arguments(function)}"
        for group, kind in groups.items()
        for name, function in vars(kind).items()
        if not name.startswith("_")
    }
    text = (root / README).read_text()
    assert set(re.findall(r"^\| `(lucid\.\w+\.\w+\(.*?\))` \|", text, re.MULTILINE)) == calls
    settings = text.partition("`settings` of a session")[2].partition("\n\n")[0]
    assert set(SessionSettings.__annotations__) <= set(re.findall(r"`(\w+)`", settings))


def show_arguments(function: Callable[..., Any]) -> str:
    signature = inspect.signature(function)
    _, *named = (one.replace(annotation=inspect.Parameter.empty) for one in signature.parameters.values())
    return str(signature.replace(parameters=named, return_annotation=inspect.Signature.empty))
