// What a session gets when its model answers, the same for both providers.
import assert from 'node:assert/strict';
import { expectAnswer, expectFailure, testProviders } from '../testing/provider/conformance.ts';
import * as steps from '../testing/provider/steps.ts';

const noted = { text: 'a', isError: false };

testProviders('an answer comes in fragments, in order, and whole at the end, with what it used', async (asking) => {
  const writes = asking.standIn.countsCacheWrites ? 60 : 0;
  const usage = { input: 900, output: 40, cached: 800, cacheWrite: writes };
  asking.play(steps.answer({ text: ['One, ', 'two, ', 'three 😀.'], usage }));
  const report = await asking.ask();
  assert.deepEqual(report.deltas, [
    { kind: 'text', text: 'One, ' },
    { kind: 'text', text: 'two, ' },
    { kind: 'text', text: 'three 😀.' },
  ]);
  assert.deepEqual(expectAnswer(report), {
    thoughts: [],
    text: 'One, two, three 😀.',
    toolCalls: [],
    stop: 'done',
    usage: { inputTokens: 900, outputTokens: 40, cachedTokens: 800, cacheWriteTokens: writes },
  });
  assert.deepEqual(report.retries, []);
});

testProviders(
  'several calls come whole and in order, unknown tools and tools without input among them',
  async (asking) => {
    const calls = [
      { id: 'call-1', name: 'shell', input: { command: 'echo "ü"', nested: { list: [1, null] } } },
      { id: 'call-2', name: 'shell', input: { command: 'ls' } },
      { id: 'call-3', name: 'no_such_tool', input: {} },
    ];
    asking.play(steps.answer({ text: 'Let me see.', calls }));
    const { toolCalls, text, stop } = expectAnswer(await asking.ask());
    assert.deepEqual({ toolCalls, text, stop }, { toolCalls: calls, text: 'Let me see.', stop: 'toolCalls' });
  },
);

testProviders('two calls of one id are two calls, and what is shown of them tells them apart', async (asking) => {
  const calls = ['ls', 'pwd', 'id'].map((command) => ({ id: 'call-1', name: 'shell', input: { command } }));
  asking.play(steps.answer({ calls }));
  const report = await asking.ask();
  const { toolCalls } = expectAnswer(report);
  assert.deepEqual(
    toolCalls.map(({ id, input }) => [id, input]),
    [
      ['call-1', { command: 'ls' }],
      ['call-1-2', { command: 'pwd' }],
      ['call-1-3', { command: 'id' }],
    ],
  );
  const shown = new Set(report.deltas.flatMap((delta) => (delta.kind === 'call' ? delta.call.id : [])));
  assert.ok(shown.size === 0 || shown.size === 3);
});

testProviders('a call of an id that the conversation holds already gets another one', async (asking) => {
  const call = { id: 'call-1', name: 'shell', input: { command: 'ls' } };
  const entry = { kind: 'answer' as const, thoughts: [], text: '', calls: [{ call, observation: noted }] };
  asking.play(steps.answer({ calls: [call] }));
  const report = await asking.ask({}, undefined, undefined, [entry]);
  assert.equal(expectAnswer(report).toolCalls[0]?.id, 'call-1-2');
});

testProviders('what PostgreSQL cannot store is replaced in texts and in the input of calls', async (asking) => {
  const input = { 'k\0': ['a\0b', { deep: '\ud83d' }] };
  asking.play(steps.answer({ text: 'x\0y\ud83d', calls: [{ id: 'call-1', name: 'shell', input }] }));
  const { text, toolCalls } = expectAnswer(await asking.ask());
  assert.equal(text, 'x\ufffdy\ufffd');
  assert.deepEqual(toolCalls[0]?.input, { 'k\ufffd': ['a\ufffdb', { deep: '\ufffd' }] });
});

testProviders(
  'an empty answer, and one of nothing but white space, is an answer with nothing in it',
  async (asking) => {
    for (const said of [{}, { text: ['\n', '\n '] }]) {
      asking.play(steps.answer(said));
      const { text, toolCalls, stop } = expectAnswer(await asking.ask());
      assert.deepEqual({ text, toolCalls, stop }, { text: '', toolCalls: [], stop: 'done' });
    }
  },
);

testProviders('an answer that the model refuses is marked as refused', async (asking) => {
  asking.play(steps.refusal());
  assert.equal(expectAnswer(await asking.ask()).stop, 'refused');
});

testProviders('an answer cut in the middle of a call keeps the whole calls before it', async (asking) => {
  const whole = { id: 'call-1', name: 'shell', input: { command: 'ls' } };
  const half = { id: 'call-2', name: 'write', input: { path: 'a', content: 'half of it' } };
  asking.play(steps.cutInCall({ text: 'Now', calls: [whole, half] }));
  const { toolCalls, stop, text } = expectAnswer(await asking.ask());
  assert.deepEqual({ toolCalls, stop, text }, { toolCalls: [whole], stop: 'cut', text: 'Now' });
});

testProviders('10 MB of text end as a failure, and the socket is closed before they are read', async (asking) => {
  asking.play(...Array.from({ length: 3 }, () => steps.flood(10 * 1024 * 1024)));
  const report = await asking.ask({ answerCharsMax: 1024 * 1024 });
  assert.equal(expectFailure(report).code, 'malformed');
  assert.match(expectFailure(report).message, /more than 1048576 characters/);
  assert.equal(asking.fakeProvider.requests.length, 3);
  for (const { brokenOff } of asking.fakeProvider.requests) assert.equal(await brokenOff, true);
  const shown = report.deltas.reduce((chars, { text }) => chars + text.length, 0);
  assert.ok(shown <= 3 * 1024 * 1024);
});

testProviders('more calls than an answer may have are a failure', async (asking) => {
  const calls = Array.from({ length: 4 }, (_, at) => ({ id: `call-${at}`, name: 'shell', input: {} }));
  asking.play(steps.answer({ calls: calls.slice(1) }));
  assert.equal(expectAnswer(await asking.ask({ answerCallsMax: 3 })).toolCalls.length, 3);
  asking.play(...Array.from({ length: 3 }, () => steps.answer({ calls })));
  assert.match(expectFailure(await asking.ask({ answerCallsMax: 3 })).message, /more than 3 tool calls/);
});
