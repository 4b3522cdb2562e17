// The time that a model asks for is read from every name that models use for it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAskedTimeMs } from './time-limit.ts';

test('a time has the unit of its name, and a bare timeout is in seconds where milliseconds would be too short', () => {
  for (const [words, expected] of [
    [{}, undefined],
    [{ timeout_ms: 90_000 }, 90_000],
    [{ timeoutMs: 500 }, 500],
    [{ timeout_seconds: 90 }, 90_000],
    [{ timeoutSeconds: 0.5 }, 500],
    [{ timeout: 120_000 }, 120_000],
    [{ timeout: 1_000 }, 1_000],
    [{ timeout: 999 }, 999_000],
    [{ timeout: 60 }, 60_000],
    [{ timeout_ms: 0.1 }, 1],
    [{ timeout_ms: 2_000, timeout: 60 }, 2_000],
  ] as const)
    assert.equal(readAskedTimeMs(words), expected, JSON.stringify(words));
});
