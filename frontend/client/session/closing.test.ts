// What a client does about a closed connection: what the table in docs/protocol.md says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LucidError } from '../lucid-error.ts';
import { readClosing } from './closing.ts';

const url = 'ws://127.0.0.1:8000/api/v1/ws';
const meaningOf = (code: number) => readClosing({ code, wasOpen: true }, url);

test('each close code leads to what it says', () => {
  const codes = [1000, 1001, 4001, 4002, 4003, 4004, 4008, 4009, 4010, 4021, 4029, 1005, 1006, 1011, 1012, 4999];
  assert.deepEqual(Object.fromEntries(codes.map((code) => [code, meaningOf(code).kind])), {
    1000: 'ended',
    1001: 'comeBack',
    4001: 'giveUp',
    4002: 'giveUp',
    4003: 'giveUp',
    4004: 'giveUp',
    4008: 'comeBack',
    4009: 'comeBack',
    4010: 'renewToken',
    4021: 'giveUp',
    4029: 'comeBack',
    1005: 'comeBack',
    1006: 'comeBack',
    1011: 'comeBack',
    1012: 'comeBack',
    4999: 'comeBack',
  });
});

test('the error says why in the words of the engine, and when to come back', () => {
  const refusal = {
    type: 'error',
    message: 'Going away.',
    code: 'draining',
    retryable: true,
    retryAfterMs: 1_000,
  } as const;
  const meaning = readClosing({ code: 1001, wasOpen: true, refusal }, url);
  assert.ok(meaning.kind === 'comeBack');
  const { code, message, retryAfterMs } = meaning.error;
  assert.deepEqual([code, message, retryAfterMs], ['draining', 'Going away.', 1_000]);
});

test('without any words of the engine there is a sentence all the same', () => {
  const sentenceOf = (code: number, wasOpen: boolean) => {
    const meaning = readClosing({ code, wasOpen }, url);
    return meaning.kind === 'ended' ? undefined : meaning.error.message;
  };
  assert.equal(sentenceOf(1006, false), `No WebSocket could be opened at ${url}.`);
  assert.equal(sentenceOf(1006, true), `The connection to ${url} was lost (1006).`);
  assert.equal(sentenceOf(4008, true), 'Client reads too slowly.');
});

test('what the client has found itself goes before what the close says', () => {
  const error = new LucidError('nothingHeard', 'Nothing is heard.');
  assert.deepEqual(readClosing({ code: 1000, wasOpen: true, error }, url), { kind: 'comeBack', error });
});
