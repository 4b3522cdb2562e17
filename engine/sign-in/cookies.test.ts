// A browser's cookies: which is ours, among whatever else it sends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { forgetCookie, readCookie, writeCookie } from './cookies.ts';

const value = fc.stringMatching(/^[\w-]{1,60}$/);
const others = fc.array(fc.stringMatching(/^[^;]*$/).filter((pair) => !/^\s*(__Host-)?lucid_console=/.test(pair)));

test('a cookie that was written is read, whatever else is sent beside it', () => {
  fc.assert(
    fc.property(value, others, others, fc.boolean(), (token, before, behind, isHttps) => {
      const [pair = ''] = writeCookie('lucid_console', token, isHttps, 1_000).split(';');
      assert.deepEqual(readCookie([...before, pair, ...behind].join('; '), 'lucid_console', isHttps), [token]);
    }),
  );
});

test('where only https is known, a cookie that came over http counts for nothing', () => {
  assert.deepEqual(readCookie('lucid_console=slipped', 'lucid_console', true), []);
  assert.deepEqual(readCookie('lucid_console=slipped; __Host-lucid_console=own', 'lucid_console', false), ['own']);
});

test('a cookie that is taken back is forgotten in both spellings', () => {
  const lines = forgetCookie('lucid_console');
  assert.deepEqual(
    lines.map((line) => line.split('=')[0]),
    ['__Host-lucid_console', 'lucid_console'],
  );
  for (const line of lines) assert.match(line, /=; Path=\/; Max-Age=0; HttpOnly; SameSite=Lax/);
});
