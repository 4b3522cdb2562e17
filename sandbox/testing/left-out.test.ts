// A run of tests says in one line what it left out, and why.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sentenceOf } from './left-out.ts';

test('one line names what is left out by its reason, of many the first two', () => {
  const docker = ['a', 'b', 'b', 'c', 'd'].map((what) => ({ what, why: 'Docker does not answer' }));
  const sentence = sentenceOf([...docker, { what: 'pages', why: 'Chromium is not installed' }]);
  assert.equal(sentence, 'Left out: a; b and 2 more (Docker does not answer) | pages (Chromium is not installed).');
});
