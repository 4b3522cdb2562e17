// The command line says what is measured and written, and a mistake in it is answered.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCommandLine } from './command-line.ts';

const asked = (text: string) => readCommandLine(text === '' ? [] : text.split(' '), ['rest', 'idle', 'turn']);

test('a whole run measures all scenarios and writes its results, and RESULTS.md only with --save', () => {
  const { names, isWhole, writes, saves } = asked('');
  assert.deepEqual(
    { names, isWhole, writes, saves },
    { names: ['rest', 'idle', 'turn'], isWhole: true, writes: true, saves: false },
  );
  assert.equal(asked('--save').saves, true);
});

test('single scenarios and quick runs write results only with --save, and never RESULTS.md', () => {
  for (const text of ['rest', '--quick', 'rest --quick']) assert.equal(asked(text).writes, false, text);
  for (const text of ['rest --save', '--quick --save']) {
    assert.equal(asked(text).writes, true, text);
    assert.equal(asked(text).saves, false, text);
  }
});

test('scenarios are measured once each, in the order of the table', () => {
  assert.deepEqual(asked('turn rest turn').names, ['rest', 'turn']);
});

test('a round is as long as the command line says', () => {
  assert.equal(asked('--seconds 3').options.durationMs, 3_000);
  assert.equal(asked('--quick --seconds 3').options.durationMs, 3_000);
  assert.ok(asked('--quick').options.durationMs < asked('').options.durationMs);
});

test('a mistake on the command line is answered with what is wrong', () => {
  assert.throws(() => asked('nothing'), /There is no scenario "nothing"/);
  assert.throws(() => asked('--clients 0'), /--clients is "0", but it accepts a whole number/);
  assert.throws(() => asked('--fast'), /--fast/);
});
