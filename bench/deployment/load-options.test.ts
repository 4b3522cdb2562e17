// The command line of `npm run load`: what it accepts, and that a mistake is answered with a sentence.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLoadOptions } from './load-options.ts';

const given = (...more: string[]) => readLoadOptions(['--url', 'ws://localhost:8000', '--token', 'x', ...more]);

test('times have a unit, and only limits that are given count', () => {
  const options = given('--clients', '2000', '--ramp', '30s', '--hold', '1.5m', '--max-p99', '250ms');
  assert.partialDeepStrictEqual(options, { clients: 2_000, rampMs: 30_000, holdMs: 90_000, thinkMs: 5_000 });
  assert.deepEqual(options.limits, { p99MsMax: 250 });
  assert.deepEqual(given('--max-errors', '0').limits, { errorsMax: 0 });
});

test('what is not accepted is named, with what would be', () => {
  assert.throws(() => given('--ramp', '30'), /--ramp is "30", but it accepts a time such as/);
  assert.throws(() => given('--clients', '0'), /--clients is "0", but it accepts a whole number from 1/);
  assert.throws(() => readLoadOptions(['--url', 'http://localhost', '--token', 'x']), /--url accepts/);
  assert.throws(() => readLoadOptions(['--token', 'x']), /--url accepts/);
});

test('clients need exactly one kind of token', () => {
  assert.deepEqual(given().credentials, { token: 'x' });
  assert.throws(() => readLoadOptions(['--url', 'ws://localhost']), /One of --token/);
  assert.throws(() => given('--secret', 's'), /One of --token/);
});
