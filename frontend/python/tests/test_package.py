"""The wheel that is built installs into an empty environment and works there."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

from engine_process import EngineProcess, sign_token

home = Path(__file__).parent.parent

PROGRAM = """
import sys
from lucid_client import create_client

with create_client(sys.argv[1], token=sys.argv[2]) as lucid:
    session = lucid.open("Write hello world")
    for event in session:
        print(event["type"])
        if event["type"] == "status" and event["status"] == "completed":
            break
"""


def run(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment})
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_works_in_an_empty_environment(engine: EngineProcess, tmp_path: Path) -> None:
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", tmp_path, home)
    [wheel] = tmp_path.glob("*.whl")
    venv.create(tmp_path / "empty", with_pip=True)
    python = tmp_path / "empty" / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel)
    printed = run(python, "-c", PROGRAM, engine.url, sign_token("ada"), PYTHONPATH="")
    assert printed.splitlines()[:2] == ["status", "ack"] and "agent_event" in printed
    assert (tmp_path / "empty" / "lib").glob("*/site-packages/lucid_client/py.typed")
