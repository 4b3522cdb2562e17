// Failures as people read them: one bounded line, without keys and without pages of HTML.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  codeOfStatus,
  hideKeys,
  makeAskFailure,
  modelErrorCharsMax,
  modelErrors,
  modelRetriesMax,
  removeKey,
} from './model-errors.ts';

test('every failure has a sentence, and those that can pass are tried again', () => {
  for (const [code, { sentence, retriesMax, waitMs }] of Object.entries(modelErrors)) {
    assert.match(sentence, /^[A-Z].*\.$/, code);
    assert.equal(retriesMax > 0, waitMs > 0, code);
    assert.ok(retriesMax <= modelRetriesMax, code);
  }
});

test('the message is one bounded line, whatever the provider says', async () => {
  await fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), (detail) => {
      const { message } = makeAskFailure('overloaded', detail);
      assert.ok(message.length <= modelErrors.overloaded.sentence.length + modelErrorCharsMax + 3);
      assert.ok(message.isWellFormed() && !/[\r\n\0]/.test(message));
    }),
  );
});

test('no key is shown, nor a page of a proxy', () => {
  const detail = 'with sk-ant-api03-abcdefghij, AIzaSyB-1234567, Bearer x.y.z and ?key=hidden&alt=sse';
  assert.equal(
    hideKeys(makeAskFailure('badRequest', detail).message, ['sk-', 'AIza', 'AQ.']),
    'The model provider did not accept the request. (with [key], [key], [key] and ?[key]&alt=sse)',
  );
  assert.equal(makeAskFailure('overloaded', '<html><body>Bad gateway').message, modelErrors.overloaded.sentence);
  assert.equal(removeKey('the key my-own.key+1, twice: my-own.key+1', 'my-own.key+1'), 'the key [key], twice: [key]');
  assert.equal(removeKey('the key', 'k'), 'the key');
});

test('an error without a message is told by its status', () => {
  const cases = { 400: 'badRequest', 401: 'auth', 402: 'quota', 403: 'auth', 422: 'badRequest', 429: 'rateLimited' };
  for (const [status, code] of Object.entries(cases)) assert.equal(codeOfStatus(Number(status)), code);
  for (const status of [408, 500, 502, 503, 504, 520, 529]) assert.equal(codeOfStatus(status), 'overloaded');
});
