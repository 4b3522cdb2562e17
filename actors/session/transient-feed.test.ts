// What a model writes as a call's input reaches live clients while it is written: masked, a call at a time, in bounds.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import type { ServerFrame } from '../../schema/protocol/server-frames/server-frames.ts';
import { Masking } from '../../schema/rules/masking.ts';
import { liveOutputCharsMax, liveOutputIntervalMs } from './output-feed.ts';
import { TransientFeed } from './transient-feed.ts';

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
afterEach(() => mock.timers.reset());

const secret = 'ghp_canary_1';

function createFeed(audience = 1) {
  const sent: ServerFrame[] = [];
  const feed = new TransientFeed(
    {
      sessionId: 's-1',
      sendTransient: (_, frame) => void sent.push(JSON.parse(frame) as ServerFrame),
      getMasking: () => new Masking([secret]),
      waitUntilStored: async () => true,
    },
    audience,
  );
  const write = (text: string, id = 'c-1') => feed.sendDelta({ kind: 'call', text, call: { id, name: 'write' } });
  const textsOf = (id: string) =>
    sent.flatMap((frame) => (frame.type === 'call_delta' && frame.toolCallId === id ? [frame.text] : []));
  return { feed, sent, write, textsOf };
}

const passLoop = () => new Promise((resolve) => setImmediate(resolve));
const passInterval = () => mock.timers.tick(liveOutputIntervalMs);

test('the input of a call is shown while it is written, with the call and its tool', async () => {
  const { sent, write } = createFeed();
  write('');
  await passLoop();
  write('{"path": ');
  write('"a"');
  passInterval();
  const call = { type: 'call_delta', sessionId: 's-1', toolCallId: 'c-1', tool: 'write' };
  assert.deepEqual(sent, [{ ...call, text: '{"path": "a"' }]);
});

test('each call of an answer has its own fragments, and an answer that ends leaves none behind', async () => {
  const { feed, write, textsOf } = createFeed();
  write('{"a":');
  await passLoop();
  write('1}');
  write('{"b":', 'c-2');
  await passLoop();
  write('2}', 'c-2');
  feed.endAnswer();
  assert.equal(textsOf('c-1').join(''), '{"a":1}');
  assert.equal(textsOf('c-2').join(''), '{"b":2}');
  write('{"c":3}', 'c-2');
  await passLoop();
  passInterval();
  assert.equal(textsOf('c-2').at(-1), '{"c":3}');
});

test('a secret that a model writes is masked wherever its fragments are cut', async () => {
  for (let cut = 0; cut <= secret.length; cut++) {
    const { feed, write, textsOf } = createFeed();
    write('');
    await passLoop();
    for (const text of [`{"token": "${secret.slice(0, cut)}`, `${secret.slice(cut)}"}`]) {
      write(text);
      passInterval();
    }
    feed.endAnswer();
    assert.equal(textsOf('c-1').join(''), '{"token": "[secret]"}');
  }
});

test('of a model that writes too fast the newest is shown, and how much was left out', async () => {
  const { sent, write } = createFeed();
  write('');
  await passLoop();
  for (let n = 0; n < 50; n++) write('x'.repeat(1_000));
  passInterval();
  assert.equal(sent.length, 1);
  assert.partialDeepStrictEqual(sent[0], { skippedChars: 50_000 - liveOutputCharsMax });
});

test('nothing is sent where nobody watches', async () => {
  const { feed, sent, write } = createFeed(0);
  write('{}');
  await passLoop();
  feed.endAnswer();
  assert.deepEqual(sent, []);
});
