"""What the documents show works by copy and paste."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from engine_process import EngineProcess, sign_token

root = Path(__file__).parent.parent.parent.parent
BASE_URL = "http://localhost:8000"


def read_programs(document: str) -> list[str]:
    """Those that import what they use; the others are parts."""
    blocks = re.findall(r"```python\n(.*?)```", (root / document).read_text(), re.DOTALL)
    return [block for block in blocks if "import" in block]


@pytest.mark.parametrize(
    ("document", "number", "count"),
    [("frontend/python/README.md", 0, 2), ("frontend/python/README.md", 1, 2), ("docs/clients.md", 0, 1)],
)
def test_a_program_of_a_document_runs(engine: EngineProcess, document: str, number: int, count: int) -> None:
    programs = read_programs(document)
    assert len(programs) == count
    program = programs[number].replace(BASE_URL, engine.url)
    given = f"def make_token():\n    return {sign_token('ada')!r}\n"
    command = [sys.executable, "-c", given + program]
    environment = {**os.environ, "PYTHONPATH": str(root / "frontend" / "python" / "src")}
    run = subprocess.run(command, capture_output=True, text=True, timeout=50, env=environment)
    assert run.returncode == 0, run.stderr
    assert "FileWriteAction" in run.stdout
