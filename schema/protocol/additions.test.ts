// The frames that a client gets: the reference's alone by default, all of them with `lucid.v2`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { EventMetadata } from '../event.ts';
import {
  adaptFrame,
  additions,
  describeUnknownFeature,
  everything,
  parseFeatures,
  pickSubprotocol,
  plain,
} from './additions.ts';
import { frameOf } from './events/event-frame.ts';

/** The whole frame of an event. */
const whole = (eventType: string, content: string, metadata: EventMetadata | null = null): string =>
  frameOf({
    sessionId: 's-1',
    epoch: 1,
    sequence: 7,
    role: 'assistant',
    eventType,
    content,
    metadata,
    commandId: 'c-1',
    createdAtMs: Date.UTC(2026, 1, 17, 10, 30),
  });
const timestamp = '2026-02-17T10:30:00.000+00:00';

const parsed = (frames: readonly string[]) => frames.map((frame) => JSON.parse(frame) as Record<string, unknown>);
const heard = (frame: string, asked = '') => parsed(adaptFrame(frame, parseFeatures(asked)));

/** The lines that the reference's page shows in its terminal and in its chat. */
function pageShowing(frames: readonly string[]): { terminal: string[]; chat: string[] } {
  const [terminal, chat]: string[][] = [[], []];
  for (const { type, content, eventType, command, status, message, ...rest } of parsed(frames)) {
    if (type === 'agent_event') {
      if (/Message|Think/.test(String(eventType))) chat?.push(String(content));
      if (command) terminal?.push(`$ ${command}`);
      if (content) terminal?.push(String(content));
    } else if (type === 'status') terminal?.push(`[${status}] ${message}`);
    else if (type !== 'pong' && type !== 'ack') terminal?.push(JSON.stringify({ type, ...rest }));
  }
  return { terminal: terminal ?? [], chat: chat ?? [] };
}

const usage = { inputTokens: 1, outputTokens: 2, cachedTokens: 3, cacheWriteTokens: 0, steps: 4, durationMs: 5 };
const live = (type: string, more: object) => JSON.stringify({ type, sessionId: 's-1', ...more });
const turn = [
  whole('Status', 'Preparing.', { status: 'initializing' }),
  whole('InitialTask', 'Write hello world'),
  whole('Status', 'Ready.', { status: 'ready' }),
  live('agent_delta', { text: 'Hm' }),
  whole('HiddenThought', '', { signature: 'x' }),
  whole('ThinkAction', 'Hm.', { thought: 'Hm.' }),
  whole('CmdRunAction', 'ls', { command: 'ls' }),
  live('agent_output', { toolCallId: 'c', text: 'a\n' }),
  whole('CmdOutputObservation', 'a\n', { command: 'ls', exitCode: 0 }),
  whole('ErrorObservation', 'No such file.', { command: 'cat b', exitCode: 1 }),
  live('file_tree', { tree: [] }),
  whole('AgentFinishAction', 'All done.'),
  whole('Status', 'Done.', { status: 'completed', reason: 'finished', usage }),
  live('status', { status: 'storage_unavailable', message: 'Away.' }),
  whole('Status', 'Stopping.', { status: 'stopping' }),
  whole('Status', 'Stopped.', { status: 'stopped' }),
  live('call_delta', { toolCallId: 'c', tool: 'shell', text: '{' }),
];

test('the reference’s page shows each command once, the final answer as a message, and nothing unknown to it', () => {
  assert.deepEqual(pageShowing(turn.flatMap((frame) => adaptFrame(frame, plain))), {
    terminal: [
      '[initializing] Preparing.',
      '[ready] Ready.',
      'Hm.',
      '$ ls',
      'ls',
      'a\n',
      'No such file.',
      'All done.',
      'All done.',
      '[completed] Done.',
      '[stopping] Stopping.',
    ],
    chat: ['Hm.', 'All done.'],
  });
});

test('without additions frames have the reference’s fields and no others', () => {
  assert.deepEqual(heard(whole('Status', 'Done.', { status: 'completed', reason: 'finished', usage })), [
    { type: 'status', status: 'completed', sessionId: 's-1', message: 'Done.' },
  ]);
  const edit = { path: '/workspace/a', diff: '+ a', toolCallId: 'c' };
  assert.deepEqual(heard(whole('FileEditObservation', 'Edited.', edit)), [
    {
      type: 'agent_event',
      event: 'observation',
      eventType: 'FileEditObservation',
      content: 'Edited.',
      timestamp,
      path: '/workspace/a',
    },
  ]);
  assert.deepEqual(heard(whole('SessionError', 'No sandbox.', { code: 'sandboxFailed', retryable: true })), [
    { type: 'error', message: 'No sandbox.' },
  ]);
  assert.deepEqual(heard('{"type":"pong"}'), [{ type: 'pong' }]);
});

test('a final answer comes as a message first, and then as the end of the task', () => {
  const event = { type: 'agent_event', event: 'action', content: 'All done.', timestamp };
  assert.deepEqual(heard(whole('AgentFinishAction', 'All done.')), [
    { ...event, eventType: 'MessageAction' },
    { ...event, eventType: 'AgentFinishAction' },
  ]);
  assert.equal(heard(whole('AgentFinishAction', ' ')).length, 1);
  const positions = heard(whole('AgentFinishAction', 'All done.'), 'epoch').map(({ sequence }) => sequence);
  assert.deepEqual(positions, [undefined, 7]); // Both frames are one event.
  assert.equal(heard(whole('AgentFinishAction', 'All done.'), 'finish').length, 1);
});

test('each addition comes to the clients that asked for it, alone or with others', () => {
  const types = (asked: string) => turn.flatMap((frame) => heard(frame, asked)).map(({ type }) => type);
  assert.ok(!types('').includes('ack'));
  assert.equal(types('ack').filter((type) => type === 'ack').length, 1);
  assert.ok(types(' agent_delta , file_tree').includes('agent_delta'));
  assert.ok(!types('file_tree').includes('agent_delta'));
  assert.partialDeepStrictEqual(heard(turn[2] ?? '', 'epoch'), [{ status: 'ready', epoch: 1, sequence: 7 }]);
  assert.partialDeepStrictEqual(heard(turn[8] ?? '', 'details'), [{ command: 'ls', exitCode: 0 }]);
  assert.partialDeepStrictEqual(heard(turn[15] ?? '', 'statuses'), [{ status: 'stopped' }]);
  assert.equal(heard(turn[4] ?? '', 'thoughts').length, 1);
});

test('a client that asks for everything gets the event’s own text', () => {
  assert.equal(parseFeatures(Object.keys(additions).join(',')), everything);
  for (const frame of turn) assert.deepEqual(adaptFrame(frame, everything), [frame]);
});

test('no set of additions gives a frame a field that the whole frame lacks', async () => {
  const anyFeatures = fc.integer({ min: plain, max: everything });
  await fc.assert(
    fc.property(fc.constantFrom(...turn), anyFeatures, anyFeatures, (frame, some, more) => {
      const [full = {}] = parsed([frame]);
      for (const shown of parsed(adaptFrame(frame, some)))
        for (const [field, value] of Object.entries(shown))
          if (value !== 'MessageAction') assert.deepEqual(value, full[field]);
      const last = (features: number) => Object.keys(parsed(adaptFrame(frame, features)).at(-1) ?? {}).length;
      assert.ok(last(some | more) >= last(some)); // More additions take nothing away.
    }),
  );
});

test('an unknown addition is refused with a sentence that names the known ones', () => {
  assert.equal(describeUnknownFeature('ack,epoch'), undefined);
  assert.equal(describeUnknownFeature(''), undefined);
  const sentence = describeUnknownFeature('ack,telepathy') ?? '';
  assert.match(sentence, /^"telepathy" is not known; known are ack, attached, /);
  for (const addition of Object.keys(additions)) assert.ok(sentence.includes(addition), addition);
});

test('of the subprotocols that a client offers only `lucid.v2` is chosen, so that a token among them is never sent back', () => {
  assert.equal(pickSubprotocol('lucid.v2'), 'lucid.v2');
  assert.equal(pickSubprotocol('bearer.eyJhbGciOi, lucid.v2'), 'lucid.v2');
  for (const offered of ['', 'graphql-ws', 'eyJhbGciOi.e30.x', 'LUCID.V2', 'lucid.v20'])
    assert.equal(pickSubprotocol(offered), undefined);
});
