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


@pytest.mark.parametrize("document", ["frontend/python/README.md", "docs/clients.md"])
def test_the_programs_of_a_document_run(engine: EngineProcess, document: str) -> None:
    programs = read_programs(document)
    assert programs != []
    given = f"def make_token():\n    return {sign_token('ada')!r}\n"
    environment = {**os.environ, "PYTHONPATH": str(root / "frontend" / "python" / "src")}
    for program in programs:
        command = [sys.executable, "-c", given + program.replace(BASE_URL, engine.url)]
        run = subprocess.run(command, capture_output=True, text=True, timeout=50, env=environment)
        assert run.returncode == 0, run.stderr
        assert "FileWriteAction" in run.stdout
