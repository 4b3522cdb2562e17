"""A real engine in a process of its own, in mock mode, which a test can kill and start again on the same data."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import random
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

root = Path(__file__).parent.parent.parent.parent
own_node = root / ".runtime" / "node_modules" / "node" / "bin" / "node"
SECRET = "a secret for tests that is long enough for anybody"
INTERNAL_KEY = "an internal key for tests"
START_TIMEOUT_S = 60
KEYS = {"ANTHROPIC_API_KEY", "GOOGLE_API_KEY", "OPENAI_API_KEY", "LLM_API_KEY"}
"""With any of them the engine would ask a model."""


class EngineProcess:
    """Its database is the one that DATABASE_URL names, or one that it starts in its folder."""

    def __init__(self, environment: dict[str, str] | None = None) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="lucid-python-")
        self._environment = environment or {}
        self.port = find_free_port()
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def is_running(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        """Returns when it listens, on the port that it had before."""
        environment = {
            **{name: value for name, value in os.environ.items() if name not in KEYS},
            "WORKSPACE_BASE_PATH": self.folder.name,
            "SESSION_SECRET": SECRET,
            "INTERNAL_API_KEY": INTERNAL_KEY,
            "ENCRYPTION_KEY": "a key for tests that is long enough for anybody",
            "MOCK_STEP_DELAY_MS": "0",
            "COMMANDS_PER_SECOND": "0",
            "SANDBOX": "memory",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "JWT_LEEWAY": "0",
            "NODE_ENV": "test",
            **self._environment,
        }
        node = os.environ.get("NODE") or (str(own_node) if own_node.exists() else "node")
        log = Path(self.folder.name) / "engine.log"
        with log.open("a") as output:
            before = log.stat().st_size
            self._process = subprocess.Popen(
                [node, str(root / "engine" / "main.ts")],
                cwd=self.folder.name,  # A file .env of the repository isn't the test's.
                env=environment,
                stdout=output,
                stderr=output,
                text=True,
            )
        self._wait_for_start(log, before)

    def _wait_for_start(self, log: Path, before: int) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            text = log.read_bytes()[before:].decode()
            if '"engine.started"' in text:
                return
            if self._process is None or self._process.poll() is not None:
                raise RuntimeError(f"The engine ended: {text}")
            time.sleep(0.05)
        raise RuntimeError("The engine didn't start in time.")

    def kill(self) -> None:
        """As a crash would."""
        self._end(signal.SIGKILL)

    def drain(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()
            self._process = None

    def close(self) -> None:
        self.drain()
        self.folder.cleanup()


def find_free_port() -> int:
    """Chosen beforehand: a port that the engine itself had chosen would be taken for a minute when it starts again.

    It is below the ports that systems give to connections and servers, one of which could have it meanwhile.
    """
    while True:
        port = random.randrange(20_000, 30_000)
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port


def encode(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def sign_token(user: str, **claims: Any) -> str:
    """A JWT as a front end signs it."""
    said = [{"alg": "HS256", "typ": "JWT"}, {"userId": user, **claims}]
    text = ".".join(encode(json.dumps(part).encode()) for part in said)
    return f"{text}.{encode(hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest())}"
