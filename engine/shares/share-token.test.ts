// Tokens of shares: none like another, in the form that is looked up.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasShareTokenForm, isShareToken } from '../../schema/protocol/share-token.ts';
import { hashToken, makeShareToken } from './share-token.ts';

test('a token is 32 random bytes that a link can hold as they are', () => {
  const tokens = Array.from({ length: 100 }, makeShareToken);
  assert.equal(new Set(tokens).size, tokens.length);
  for (const token of tokens) {
    assert.ok(isShareToken(token) && hasShareTokenForm(token), token);
    assert.equal(Buffer.from(token.slice('share_'.length), 'base64url').length, 32);
    assert.equal(encodeURIComponent(token), token);
  }
});

test('what only looks like a token is not looked up', () => {
  const token = makeShareToken();
  for (const wrong of ['share_', token.slice(0, -1), `${token}A`, `${token}=`, `${token.slice(0, -1)}'`, `x${token}`])
    assert.equal(hasShareTokenForm(wrong), false, wrong);
  assert.equal(isShareToken('eyJhbGciOiJIUzI1NiJ9.e30.x'), false);
});

test('what is stored of a token is its SHA-256, in which nothing of it is left', () => {
  const token = makeShareToken();
  assert.equal(hashToken(token).length, 32);
  assert.ok(!hashToken(token).toString('latin1').includes('share_'));
  assert.deepEqual(hashToken(token), hashToken(token));
});
