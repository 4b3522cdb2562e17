// Posts of the bus: what engines say arrives as it was said, and whatever else comes is refused or left out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type BusMessage, encodeMessage, encodePost, postBytesHardMax, readPost } from './bus.ts';

const anyId = fc.string({ minLength: 1, maxLength: 40 });
const anySequence = fc.nat({ max: 2 ** 31 - 1 });
const anyBytes = fc.uint8Array({ maxLength: 200 }).map((bytes) => new Uint8Array(bytes));

const anyMessage: fc.Arbitrary<BusMessage> = fc.oneof(
  fc.record({
    kind: fc.constant('ask' as const),
    k: anySequence,
    ttlMs: fc.nat({ max: 60_000 }),
    asked: fc.oneof(
      fc.record({
        kind: fc.constant('command' as const),
        sessionId: anyId,
        command: fc.record({ type: fc.constant('message' as const), id: anyId, content: fc.string() }),
      }),
      fc.record({
        kind: fc.constant('workspace' as const),
        sessionId: anyId,
        request: fc.record({ ask: fc.constant('writeFile' as const), path: fc.string(), content: anyBytes }),
        mayWake: fc.boolean(),
      }),
    ),
  }),
  fc.record({
    kind: fc.constant('reply' as const),
    k: anySequence,
    outcome: fc.record({
      ok: fc.constant(true as const),
      value: fc.record({
        kind: fc.constant('workspace' as const),
        answer: fc.oneof(anyBytes, fc.record({ bytes: anyBytes, size: fc.nat() })),
      }),
    }),
  }),
  fc.record({
    kind: fc.constant('frames' as const),
    sessionId: anyId,
    frames: fc.array(
      fc.tuple(
        anySequence,
        anySequence,
        fc.string().map((text) => JSON.stringify({ text })),
        fc.boolean(),
      ),
      { maxLength: 20 },
    ),
  }),
  fc.record({
    kind: fc.constant('followed' as const),
    stored: fc.array(fc.tuple(anyId, anySequence)),
    gone: fc.array(anyId),
  }),
);

const postOf = (messages: readonly unknown[], more: object = {}) =>
  Buffer.from(JSON.stringify({ w: 1, from: 'boot', at: 5, m: messages, ...more }));

test('what one engine says another one hears, bytes of files among it', () => {
  fc.assert(
    fc.property(fc.array(anyMessage, { maxLength: 30 }), fc.uuid(), fc.nat(), (messages, from, atMs) => {
      const post = readPost(encodePost(from, atMs, messages.map(encodeMessage)));
      assert.deepEqual(post, { from, atMs, messages: structuredClone(messages), refused: 0 });
    }),
  );
});

test('a kind of message that a later release has is left out, and the others of its post are heard', () => {
  const known = { kind: 'moved', sessionId: 's' };
  const post = readPost(postOf([{ kind: 'sung', sessionId: 's' }, known], { w: 2, more: true }));
  assert.deepEqual(post, { from: 'boot', atMs: 5, messages: [known], refused: 0 });
});

test('whatever is no post is refused, and never thrown over', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.jsonValue().map((value) => Buffer.from(JSON.stringify(value))),
      ),
      (bytes) => {
        assert.equal(readPost(bytes), undefined);
      },
    ),
  );
  const deep = Buffer.from(`{"w":1,"from":"b","at":1,"m":[${'['.repeat(200_000)}${']'.repeat(200_000)}]}`);
  const post = readPost(deep);
  assert.ok(post === undefined || post.messages.length === 0);
});

for (const from of ['', 'a stranger', 'a.b', '*', '>', 'a\r\nPUB'])
  test(`a sender that cannot be answered is refused: ${JSON.stringify(from)}`, () => {
    assert.equal(readPost(postOf([{ kind: 'moved', sessionId: 's' }], { from })), undefined);
  });

test('a post that is larger than any engine sends is not even read', () => {
  const post = postOf([{ kind: 'live', sessionId: 's', frames: [`{"text":"${'x'.repeat(postBytesHardMax)}"}`] }]);
  assert.equal(readPost(post), undefined);
});

const placed = {
  chatId: 'c',
  userId: 'ada',
  sealedSecrets: null,
  commandId: 'a',
  clients: 0,
  autoStart: true,
};
const settings = {
  task: 'Fix it',
  provider: 'anthropic',
  ...{ projectId: null, repoUrl: null, branch: null, gitUserName: null, gitUserEmail: null },
};

function askToMake(more: object) {
  const session = { ...placed, settings: { ...settings, ...more } };
  return { kind: 'ask', k: 1, ttlMs: 5, asked: { kind: 'create', sessionId: 's', session } };
}

test('a session of a later release is made with what it knows more', () => {
  const asked = askToMake({ model: 'a/b', policy: { mode: 'later' }, mood: 'good', tools: ['bash'] });
  const { messages } = readPost(postOf([asked])) ?? {};
  assert.deepEqual(messages, [asked]);
});

test('what an engine says of its clients and of the sessions of a user is heard', () => {
  const sessions = [{ sessionId: 's', userId: 'ada', task: 'Fix it', createdAtMs: 1.5 }];
  const replies = [
    { kind: 'left', isLeft: true, isThere: false },
    { kind: 'list', sessions },
    { kind: 'list', sessions: [] },
  ].map((value) => ({ kind: 'reply', k: 1, outcome: { ok: true, value } }));
  assert.deepEqual(readPost(postOf(replies))?.messages, replies);
});

const asking = (asked: object) => ({ kind: 'ask', k: 1, ttlMs: 5, asked });

for (const forged of [
  { kind: 'ask', k: 1, ttlMs: 5, asked: { kind: 'command', sessionId: 's', command: { type: 'message', id: 'a' } } },
  { kind: 'ask', k: 1, ttlMs: 5, asked: { kind: 'create', sessionId: 's' } },
  askToMake({ repoUrl: 5 }),
  askToMake({ tools: 'all' }),
  askToMake({ mcpServers: [null] }),
  askToMake({ budgetUsd: -1 }),
  askToMake({ task: undefined }),
  { kind: 'ask', k: -1, ttlMs: 5, asked: { kind: 'measure', sessionId: 's' } },
  asking({ kind: 'command', sessionId: 's', command: { type: 'message', id: 'm', content: '', attachments: 7 } }),
  asking({
    kind: 'command',
    sessionId: 's',
    command: { type: 'message', id: 'm', content: '', choice: { tools: 'all' } },
  }),
  asking({ kind: 'command', sessionId: 's', command: { type: 'decide', id: 'm', toolCallId: 't', decision: 'yes' } }),
  asking({ kind: 'workspace', sessionId: 's', mayWake: true, request: { ask: 'readFile', path: 5, part: {} } }),
  asking({
    kind: 'workspace',
    sessionId: 's',
    mayWake: true,
    request: { ask: 'writeFile', path: 'a', content: 'text' },
  }),
  { kind: 'frames', sessionId: 's', frames: [[1, 2, 'no frame', false]] },
  { kind: 'frames', sessionId: 's', frames: [[1, 2.5, '{}', false]] },
  { kind: 'frames', sessionId: 's', frames: [[1, 2, '{}']] },
  { kind: 'frames', sessionId: 's', frames: '{}' },
  { kind: 'live', sessionId: 's', frames: ['no frame'] },
  { kind: 'follow', follows: [{ sessionId: '', heard: 0, clients: 1, viewers: 0 }] },
  { kind: 'reply', k: 1, outcome: 'yes' },
  { kind: 'reply', k: 1, outcome: { ok: true, value: null } },
  { kind: 'reply', k: 1, outcome: { ok: true, failure: {} } },
  { kind: 'reply', k: 1, outcome: { ok: false, failure: null } },
  { kind: 'reply', k: 1, outcome: { ok: true, value: { kind: 'done', sequence: -1 } } },
  { kind: 'reply', k: 1, outcome: { ok: true, value: { kind: 'done', sequence: 1, acknowledgement: 'no frame' } } },
  { kind: 'reply', k: 1, outcome: { ok: true, value: { kind: 'workspace', answer: null } } },
  { kind: 'reply', k: 1, outcome: { ok: true, value: { kind: 'list' } } },
  { kind: 'reply', k: 1, outcome: { ok: true, value: { kind: 'list', sessions: [{ sessionId: 's' }] } } },
  { kind: 'reply', k: 1, outcome: { ok: true, value: { kind: 'left', isLeft: 'no', isThere: false } } },
  { kind: 'lost', sessionId: 's', failure: {} },
])
  test(`a forged message is refused: ${JSON.stringify(forged)}`, () => {
    assert.deepEqual(readPost(postOf([forged])), { from: 'boot', atMs: 5, messages: [], refused: 1 });
  });

test('a failure that a later release has is one that clients can be told of', () => {
  for (const code of ['engineOnFire', 'constructor', 7]) {
    const failure = { code, detail: 'It burns.', retryAfterMs: 5 };
    const known = { code: 'internal', detail: 'It burns.', retryAfterMs: 5 };
    const post = postOf([
      { kind: 'reply', k: 1, outcome: { ok: false, failure } },
      { kind: 'lost', sessionId: 's', failure },
    ]);
    assert.deepEqual(readPost(post)?.messages, [
      { kind: 'reply', k: 1, outcome: { ok: false, failure: known } },
      { kind: 'lost', sessionId: 's', failure: known },
    ]);
  }
});
