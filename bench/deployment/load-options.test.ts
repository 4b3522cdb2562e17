// The command line of `npm run load`, and the sentences that answer mistakes in it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLoadOptions } from './load-options.ts';

const readOptions = (...more: string[]) => readLoadOptions(['--url', 'ws://localhost:8000', '--token', 'x', ...more]);

test('an option of time has a unit, and only given limits count', () => {
  const options = readOptions('--clients', '2000', '--ramp', '30s', '--hold', '1.5m', '--max-p99', '250ms');
  assert.partialDeepStrictEqual(options, { clients: 2_000, rampMs: 30_000, holdMs: 90_000, thinkMs: 5_000 });
  assert.deepEqual(options.limits, { p99MsMax: 250 });
  assert.deepEqual(readOptions('--max-errors', '0').limits, { errorsMax: 0 });
});

test('a mistake is answered with what would be accepted', () => {
  assert.throws(() => readOptions('--ramp', '30'), /--ramp is "30", but it accepts a time such as/);
  assert.throws(() => readOptions('--clients', '0'), /--clients is "0", but it accepts a whole number from 1/);
  assert.throws(() => readLoadOptions(['--url', 'http://localhost', '--token', 'x']), /--url accepts/);
  assert.throws(() => readLoadOptions(['--token', 'x']), /--url accepts/);
});

test('clients need exactly one kind of token', () => {
  assert.deepEqual(readOptions().credentials, { token: 'x' });
  assert.throws(() => readLoadOptions(['--url', 'ws://localhost']), /One of --token/);
  assert.throws(() => readOptions('--secret', 's'), /One of --token/);
});
