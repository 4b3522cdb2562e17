// The catalogue of errors has one form for REST and one for WebSocket, each with whether to come back.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type ErrorCode, type ErrorKind, errors, failed, succeeded } from './error.ts';
import { errorFrameOf } from './protocol/error-frame.ts';
import { problemOf } from './protocol/problem.ts';

const kinds: [ErrorCode, ErrorKind][] = Object.entries(errors).map(([code, kind]) => [code as ErrorCode, kind]);

test('every error has a status of 4xx or 5xx, and a title of its own', () => {
  for (const [code, { status, title }] of kinds) {
    assert.match(code, /^[a-z][a-zA-Z]+$/);
    assert.ok(status >= 400 && status <= 504, code);
    assert.match(title, /^[A-Z]\S*( \S+)*$/, code);
  }
  assert.equal(new Set(kinds.map(([, { title }]) => title)).size, kinds.length);
});

test('a client is told to come back after failures that pass, and not after its own mistakes', () => {
  for (const [code, { status, retryable }] of kinds) {
    const isForOperators = status === 501; // An operator has to mend something.
    const passes = (status >= 500 && !isForOperators) || status === 408 || status === 429;
    assert.equal(retryable, passes, code);
  }
});

test('the close codes are those that the protocol names', () => {
  const closes = Object.fromEntries(kinds.flatMap(([code, { close }]) => (close === undefined ? [] : [[code, close]])));
  assert.deepEqual(closes, {
    badFirstMessage: 4001,
    badFrame: 4002,
    foreignOrigin: 4003,
    unknownHost: 4021,
    notYours: 4003,
    unknownUser: 4003,
    noSuchSession: 4004,
    tooSlow: 4008,
    noFirstMessage: 4009,
    notAuthenticated: 4010,
    tooManySessions: 4029,
    overloaded: 4029,
    storageUnavailable: 4029,
    elsewhere: 4029,
    noFittingEngine: 4029,
    draining: 1001,
  });
});

test('over REST every error is problem details with a sentence in detail', () => {
  assert.deepEqual(problemOf(failed('noSuchChat', 'There is no such chat.').failure), {
    type: 'urn:lucid:error:noSuchChat',
    title: 'No such chat',
    status: 404,
    detail: 'There is no such chat.',
    code: 'noSuchChat',
  });
});

test('over WebSocket every error is an error frame with code and retryable', () => {
  assert.deepEqual(JSON.parse(errorFrameOf(failed('notYours', 'Not yours.').failure)), {
    type: 'error',
    message: 'Not yours.',
    code: 'notYours',
    retryable: false,
  });
});

test('both forms have the wrong fields, the time to come back and the command, where these are known', () => {
  const more = { errors: [{ path: 'task', message: 'is required' }], retryAfterMs: 0 };
  const { failure } = failed('overloaded', 'Wait.', more);
  assert.partialDeepStrictEqual(problemOf(failure), { status: 503, ...more });
  assert.deepEqual(JSON.parse(errorFrameOf(failure, 'c-1')), {
    type: 'error',
    message: 'Wait.',
    code: 'overloaded',
    retryable: true,
    id: 'c-1',
    ...more,
  });
});

test('every code of the catalogue has both forms', () => {
  for (const [code, kind] of kinds) {
    const { failure } = failed(code, 'A sentence.');
    assert.partialDeepStrictEqual(problemOf(failure), { code, status: kind.status, title: kind.title });
    assert.partialDeepStrictEqual(JSON.parse(errorFrameOf(failure)), { code, retryable: kind.retryable });
  }
});

test('an outcome is either a value or a failure', () => {
  assert.deepEqual(succeeded(5), { ok: true, value: 5 });
  assert.deepEqual(failed('internal', 'Oh.'), { ok: false, failure: { code: 'internal', detail: 'Oh.' } });
});

test('docs/protocol.md says of every close code whether to come back', () => {
  const document = readFileSync(new URL('../docs/protocol.md', import.meta.url), 'utf8');
  const rows = document.split('\n').filter((line) => /^\| \d{4}[, \d]* \|/.test(line));
  const told = new Map(
    rows.flatMap((row) => {
      const [, codes = '', , answer = ''] = row.split('|');
      return codes.split(',').map((code) => [Number(code), answer.trim().startsWith('yes')] as const);
    }),
  );
  for (const { close, retryable } of Object.values(errors as Record<string, ErrorKind>))
    if (close !== undefined) assert.equal(told.get(close), retryable, String(close));
});
