"""What the tests share: one engine, and clients of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from hypothesis import settings

from engine_process import EngineProcess, sign_token
from lucid_client import AsyncClient, Backoff, create_async_client

settings.register_profile("here", deadline=None, database=None)  # No time is asserted, and nothing is left behind.
settings.load_profile("here")

SOON = Backoff(first_ms=1, max_ms=4)


@pytest.fixture(scope="session")
def engine() -> Iterator[EngineProcess]:
    process = EngineProcess()
    process.start()
    yield process
    process.close()


@pytest.fixture
async def connect(engine: EngineProcess) -> AsyncIterator[Callable[[str], AsyncClient]]:
    """Makes clients that are closed behind the test; of the engine or of a proxy in front of it."""
    made: list[AsyncClient] = []

    def create(url: str = engine.url) -> AsyncClient:
        client = create_async_client(url, token=sign_token("ada"), backoff=SOON)
        made.append(client)
        return client

    yield create
    for client in made:
        await client.close()
