// A path to go on to leads to a page of the console, or isn't taken.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { consolePath, isConsolePath } from './console-path.ts';

const origin = 'https://engine.example.com';
const parts = fc.constantFrom(
  '..',
  '.',
  '/',
  '\\',
  '%2e',
  '%2f',
  '//',
  '@',
  '?',
  '#',
  ':',
  'evil.example',
  '\t',
  '\n',
  'a',
);

test('whatever is taken stays at the engine and below the console, as browsers read it', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(parts).map((all) => consolePath + all.join('')),
      ),
      (path) => {
        if (!isConsolePath(path)) return;
        const url = new URL(path, `${origin}/console/callback`);
        assert.equal(url.origin, origin);
        assert.ok(url.pathname.startsWith(consolePath));
        assert.match(path, /^[!-~]+$/); // It can stand in a header.
      },
    ),
    { numRuns: 2_000 },
  );
});

test('pages of the console are taken, with their query and fragment', () => {
  for (const path of ['/console/', '/console/sessions/01a2?event=7&x=%20#top', '/console/history?q=a%2Fb'])
    assert.ok(isConsolePath(path), path);
});
