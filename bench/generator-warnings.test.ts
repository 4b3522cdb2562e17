// A figure that the load generator may have held back has a warning.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generatorCpu, serverBusy, warnOfExhausted, warnOfWaiting } from './generator-warnings.ts';
import { Samples } from './scenario.ts';

const samples = new Samples<'fast' | 'slow'>();
samples.add('fast', { [serverBusy]: 0.4, [generatorCpu]: 0.99 });
samples.add('slow', { [serverBusy]: 0.97, [generatorCpu]: 0.3 });

test('a server that had time to spare gets a warning, and a busy one none', () => {
  assert.deepEqual(warnOfWaiting(samples, ['fast', 'slow'], 'compare something else.'), [
    'The load generator was the bottleneck of fast: compare something else.',
  ]);
  assert.deepEqual(warnOfWaiting(samples, ['slow'], 'compare something else.'), []);
});

test('a generator that was busy all the time gets a warning', () => {
  assert.equal(warnOfExhausted(samples, ['fast', 'slow']).length, 1);
  assert.match(warnOfExhausted(samples, ['fast', 'slow'])[0] ?? '', /figures of fast may/);
  assert.deepEqual(warnOfExhausted(samples, ['slow']), []);
});
