"""How long to wait before trying again."""

from __future__ import annotations

import random
from dataclasses import dataclass

RETRY_AFTER_MAX_MS = 300_000
"""What is believed of an engine, or of a proxy, that says when to come again."""


@dataclass(frozen=True)
class Backoff:
    """Twice as long each time, at random from half of that on, so that clients that were cut together don't come together."""

    first_ms: int = 250
    max_ms: int = 15_000

    def delay_ms(self, failures: int, retry_after_ms: int | None = None) -> float:
        """How long after so many failures in a row, 1 for the first."""
        whole = min(self.max_ms, self.first_ms << min(failures - 1, 30))
        own = whole * random.uniform(0.5, 1)
        if retry_after_ms is None:
            return own
        return min(retry_after_ms, RETRY_AFTER_MAX_MS) + own
