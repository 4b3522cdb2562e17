// Opening a page wakes no sandbox that sleeps, and asks nothing where the agent is at work.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAtRest } from './is-at-rest.ts';

const at = '2026-11-29T12:00:00.000+00:00';
const afterMinutes = (minutes: number) => Date.parse(at) + minutes * 60_000;

test('a session rests some minutes after its last event, unless it works or has just been made', () => {
  assert.ok(isAtRest('idle', at, afterMinutes(11)));
  assert.ok(isAtRest('created', at, afterMinutes(60)));
  assert.ok(!isAtRest('idle', at, afterMinutes(9)));
  assert.ok(!isAtRest('working', at, afterMinutes(60)));
  assert.ok(!isAtRest('created', null, afterMinutes(60)));
});
