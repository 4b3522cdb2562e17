// Sealed secrets open for their own session under the same key, and in no other case.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Sealing } from './sealing.ts';

const key = 'a key for tests that is long enough for anybody';
const secrets = { apiKey: 'sk-ant-canary', gitToken: 'ghp_canary' };

async function sealed(): Promise<string> {
  const text = await new Sealing(key).seal('s-1', secrets);
  assert.ok(text);
  return text;
}

test('sealed secrets open again, and the sealed text shows none of them', async () => {
  const text = await sealed();
  const decoded = text.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'));
  assert.doesNotMatch(text + decoded.join(), /canary/);
  assert.deepEqual(await new Sealing(key).openSealed('s-1', text), secrets);
});

test('sealing the same secrets twice gives two texts', async () => {
  assert.notEqual(await sealed(), await sealed());
});

test('another key, another session, or no key opens nothing', async () => {
  const text = await sealed();
  assert.equal(await new Sealing(`${key}!`).openSealed('s-1', text), undefined);
  assert.equal(await new Sealing(key).openSealed('s-2', text), undefined);
  assert.equal(await new Sealing(undefined).openSealed('s-1', text), undefined);
});

test('without a key nothing is stored, and neither is a session without secrets', async () => {
  assert.equal(await new Sealing(undefined).seal('s-1', secrets), null);
  assert.equal(await new Sealing(key).seal('s-1', { apiKey: null, gitToken: null }), null);
});

test('a sealed text that was changed anywhere does not open, and no text throws', async () => {
  const text = await sealed();
  const changed = fc
    .nat(text.length - 1)
    .chain((at) => fc.constantFrom(...'AZaz09-_.').map((letter) => text.slice(0, at) + letter + text.slice(at + 1)));
  await fc.assert(
    fc.asyncProperty(fc.oneof(changed, fc.string()), async (other) => {
      const opened = await new Sealing(key).openSealed('s-1', other);
      if (opened) assert.deepEqual([opened, isSameBytes(text, other)], [secrets, true]);
    }),
    { numRuns: 300 },
  );
});

/** Leaves the last letter of base64 alone, since some of its bits mean nothing. */
const isSameBytes = (a: string, b: string) => {
  const bytesOf = (text: string) => text.split('.').map((part) => Buffer.from(part, 'base64url').toString('hex'));
  return bytesOf(a).join('.') === bytesOf(b).join('.');
};
