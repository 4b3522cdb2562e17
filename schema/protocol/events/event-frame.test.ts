// The frame of each kind of event has the fields that the reference's clients read, live and replayed alike.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { errorCodes } from '../../error.ts';
import { commandEventTypes, type StoredEvent } from '../../event.ts';
import { limits } from '../../limits.ts';
import { eventKindOf } from './agent-event-frame.ts';
import { frameOf } from './event-frame.ts';

const position = { sessionId: 's-1', epoch: 2, sequence: 7 };
const timestamp = '2026-02-17T10:30:00.000+00:00';

function event(more: Partial<StoredEvent>): StoredEvent {
  return {
    ...position,
    role: 'assistant',
    eventType: 'ThinkAction',
    content: '',
    metadata: null,
    commandId: null,
    createdAtMs: Date.UTC(2026, 1, 17, 10, 30),
    ...more,
  };
}

const frame = (more: Partial<StoredEvent>): unknown => JSON.parse(frameOf(event(more)));

test('a status frame has the reference’s fields, and its position', () => {
  assert.deepEqual(frame({ eventType: 'Status', content: 'Preparing.', metadata: { status: 'initializing' } }), {
    type: 'status',
    status: 'initializing',
    ...position,
    message: 'Preparing.',
    timestamp,
  });
});

test('a status event whose damaged row has no status is shown without one', () => {
  assert.deepEqual(frame({ eventType: 'Status', content: 'Preparing.' }), {
    type: 'status',
    ...position,
    message: 'Preparing.',
    timestamp,
  });
});

test('a completed status has the turn’s reason and usage, and no other metadata', () => {
  const usage = { inputTokens: 1, outputTokens: 2, cachedTokens: 3, cacheWriteTokens: 0, steps: 4, durationMs: 5 };
  const metadata = { status: 'completed', reason: 'interrupted', readThrough: 3, usage } as const;
  assert.deepEqual(frame({ eventType: 'Status', content: 'Interrupted.', metadata }), {
    type: 'status',
    status: 'completed',
    ...position,
    message: 'Interrupted.',
    timestamp,
    reason: 'interrupted',
    usage,
  });
});

test('a thought is an agent event with its thought', () => {
  assert.deepEqual(frame({ content: 'Hm.', metadata: { thought: 'Hm.' } }), {
    type: 'agent_event',
    event: 'action',
    eventType: 'ThinkAction',
    content: 'Hm.',
    timestamp,
    ...position,
    thought: 'Hm.',
  });
});

test('a command’s observation has its command and its exit code, also when that is 0', () => {
  const metadata = { command: 'ls', exitCode: 0, toolCallId: 'c-1' };
  assert.deepEqual(frame({ eventType: 'CmdOutputObservation', content: 'a\n', metadata }), {
    type: 'agent_event',
    event: 'observation',
    eventType: 'CmdOutputObservation',
    content: 'a\n',
    timestamp,
    ...position,
    toolCallId: 'c-1',
    command: 'ls',
    exitCode: 0,
  });
});

test('a written file is an action with its path, and the model’s raw call stays in the row', () => {
  const metadata = { path: '/workspace/a', toolCall: { id: 'c-1', name: 'write', input: { path: '/workspace/a' } } };
  assert.deepEqual(frame({ eventType: 'FileWriteAction', content: 'text', metadata }), {
    type: 'agent_event',
    event: 'action',
    eventType: 'FileWriteAction',
    content: 'text',
    timestamp,
    ...position,
    toolCallId: 'c-1',
    path: '/workspace/a',
  });
});

test('each command is acknowledged under the client’s id', () => {
  for (const eventType of commandEventTypes)
    assert.deepEqual(frame({ eventType, role: 'user', content: 'Hi', commandId: 'm-1' }), {
      type: 'ack',
      id: 'm-1',
      ...position,
      eventType,
      content: 'Hi',
      timestamp,
    });
});

test('a session’s failure is an error frame that says whether to try again', () => {
  const metadata = { code: 'sandboxFailed', retryable: true } as const;
  const expected = { type: 'error', message: 'No sandbox.', ...position, timestamp };
  assert.deepEqual(frame({ eventType: 'SessionError', content: 'No sandbox.', metadata }), {
    ...expected,
    ...metadata,
  });
  assert.deepEqual(frame({ eventType: 'SessionError', content: 'No sandbox.' }), { ...expected, retryable: false });
});

test('the field `event` follows from the type’s name: action, observation, error or state', () => {
  const kinds = {
    CmdRunAction: 'action',
    AgentFinishAction: 'action',
    FileWriteObservation: 'observation',
    ErrorObservation: 'error',
    AgentErrorEvent: 'error',
    StorageErrorEvent: 'error',
    AgentStateChangedEvent: 'state',
  };
  for (const [eventType, kind] of Object.entries(kinds)) assert.equal(eventKindOf(eventType), kind, eventType);
});

test('a frame cuts content at 2,000 characters and thought at 1,000, and says so', () => {
  const long = 'x'.repeat(limits.wireContentCharsMax + 1);
  const exact = 'x'.repeat(limits.wireContentCharsMax);
  const cut = frame({ content: long, metadata: { thought: long } });
  assert.partialDeepStrictEqual(cut, { content: exact, thought: 'x'.repeat(1_000), truncated: true });
  assert.ok(!('truncated' in (frame({ content: exact }) as object)));
  assert.partialDeepStrictEqual(frame({ content: '', metadata: { thought: long } }), { truncated: true });
  assert.partialDeepStrictEqual(frame({ eventType: 'UserMessage', content: long }), {
    content: exact,
    truncated: true,
  });
});

test('of what came of a call both ends are shown, within the same 2,000 characters', () => {
  const content = `begin\n${'x'.repeat(10_000)}\n2 failed`;
  const cut = frame({ eventType: 'CmdOutputObservation', content }) as { content: string; truncated: boolean };
  assert.ok(cut.content.length <= limits.wireContentCharsMax);
  assert.match(cut.content, /^begin\n.*\n\[… 8\d{3} characters left out .*\]\n.*\n2 failed$/s);
  assert.equal(cut.truncated, true);
});

test('a read says its lines, and a search its files', () => {
  const lines = { first: 3, last: 9 };
  assert.partialDeepStrictEqual(frame({ eventType: 'FileReadAction', metadata: { path: '/workspace/a', lines } }), {
    lines,
  });
  assert.partialDeepStrictEqual(frame({ eventType: 'SearchAction', metadata: { glob: '*.ts' } }), { glob: '*.ts' });
});

const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 1_990, maxLength: 2_010 }));
const number = fc.integer({ min: 0 });
const anyEvent: fc.Arbitrary<StoredEvent> = fc.record({
  id: fc.uuid(),
  sessionId: fc.uuid(),
  epoch: number,
  sequence: number,
  role: fc.constantFrom('user', 'assistant', 'system'),
  eventType: fc.oneof(
    fc.constantFrom(...commandEventTypes, 'Status', 'SessionError', 'ThinkAction', 'ErrorObservation'),
    fc.string(),
  ),
  content: texts,
  metadata: fc.option(
    fc.record(
      {
        status: fc.constantFrom('ready', 'completed'),
        reason: fc.constantFrom('finished', 'timeout'),
        thought: texts,
        command: texts,
        path: fc.string(),
        exitCode: fc.integer(),
        code: fc.constantFrom(...errorCodes),
        retryable: fc.boolean(),
        toolCallId: fc.string(),
        glob: fc.string(),
        toolCall: fc.record({ id: fc.string(), name: fc.string(), input: fc.jsonValue() }),
      },
      { requiredKeys: [] },
    ),
  ),
  commandId: fc.option(fc.string()),
  createdAtMs: fc.integer({ min: 0, max: 4e12 }),
});

test('an event that was read back from its row has the same frame', async () => {
  await fc.assert(
    fc.property(anyEvent, (live) => {
      assert.equal(frameOf(JSON.parse(JSON.stringify(live)) as StoredEvent), frameOf(live));
    }),
  );
});

test('every frame names its session, epoch and sequence', async () => {
  await fc.assert(
    fc.property(anyEvent, (stored) => {
      const { sessionId, epoch, sequence } = stored;
      const sent = JSON.parse(frameOf(stored)) as { type: unknown };
      assert.partialDeepStrictEqual(sent, { sessionId, epoch, sequence });
      assert.ok(['ack', 'status', 'error', 'agent_event'].includes(String(sent.type)));
    }),
  );
});

test('the first event of an answer says what its turn has used by then', () => {
  const usage = { inputTokens: 1, outputTokens: 2, cachedTokens: 0, cacheWriteTokens: 0, steps: 1, durationMs: 5 };
  const shown = frame({ eventType: 'MessageAction', content: 'Hello.', metadata: { usage, readThrough: 2 } });
  assert.deepEqual((shown as { usage: unknown }).usage, usage);
});
