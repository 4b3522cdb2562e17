"""Writes _sync_resources.py of the client, which is _async_resources.py without waiting.

usage: python scripts/write_sync.py [--check]

--check writes nothing, and fails where the file isn't what would be written.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

package = Path(__file__).parent.parent / "src" / "lucid_client"
source, target = package / "_async_resources.py", package / "_sync_resources.py"


def make_sync(text: str) -> str:
    _, _, body = text.partition('"""\n')
    opening = '"""What can be asked for over REST, in groups; scripts/write_sync.py makes this from `_async_resources.py`."""\n'
    made = opening + re.sub(r"\bAsync(?=[A-Z])", "", body.replace("async def ", "def ").replace("await ", ""))
    command = [sys.executable, "-m", "ruff", "format", "--no-cache", "--stdin-filename", str(target)]
    return subprocess.run(command, input=made, check=True, capture_output=True, text=True).stdout


def main() -> None:
    made = make_sync(source.read_text())
    if "--check" not in sys.argv:
        target.write_text(made)
    elif target.read_text() != made:
        raise SystemExit(f"{target} isn't what {source.name} says: run npm run write:python")


if __name__ == "__main__":
    main()
