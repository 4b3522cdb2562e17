"""The files that scripts write are what they would write now."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

scripts = Path(__file__).parent.parent / "scripts"


@pytest.mark.parametrize("script", ["write_models.py", "write_sync.py"])
def test_what_a_script_writes_is_up_to_date(script: str) -> None:
    run = subprocess.run([sys.executable, scripts / script, "--check"], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
