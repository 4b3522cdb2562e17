// Which Pods that no engine uses are removed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decidePodRemoval, podMarkGraceMs } from './pod-reaper.ts';

const hourMs = 3_600_000;

test('a Pod goes where its session has ended, where it has ended itself, and where it was idle too long', () => {
  const idle = { idleMs: podMarkGraceMs + 1, hasEnded: false };
  assert.equal(decidePodRemoval(idle, false, hourMs), 'its session has ended');
  assert.equal(decidePodRemoval({ ...idle, hasEnded: true }, true, hourMs), 'it does not run');
  assert.equal(decidePodRemoval(idle, true, hourMs), undefined);
  assert.equal(decidePodRemoval({ ...idle, idleMs: hourMs }, true, hourMs), 'it was idle too long');
  assert.equal(decidePodRemoval({ ...idle, idleMs: 1_000 }, true, 0), undefined);
});
