// The model of mock mode: a script that is the same every time, paced, and never wider than the tools take.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import { prepareCall } from '../tools/prepare-call.ts';
import { everyTool } from '../tools/tool-set.ts';
import type { ContextEntry, Delta, ModelRequest } from './model.ts';
import { findScriptedStep, ScriptedModel } from './scripted-model.ts';

const user = (text: string): ContextEntry => ({ kind: 'user', text });
const createRequest = (...texts: string[]): ModelRequest => ({ system: '', context: texts.map(user), tools: [] });

/** Plays a turn with the real tools; resolves with the conversation it made. */
async function playTurn(context: ContextEntry[], sandbox = new MemorySandbox()): Promise<ContextEntry[]> {
  const model = new ScriptedModel(0);
  const signal = new AbortController().signal;
  const said = [...context];
  for (let step = 0; step < 20; step++) {
    const result = await model.answer({ system: '', context: said, tools: [] }, { signal, onDelta: () => undefined });
    assert.ok(result.kind === 'answered');
    const [call] = result.answer.toolCalls;
    assert.ok(call && result.answer.toolCalls.length === 1);
    const prepared = prepareCall(call, everyTool);
    const observed = await prepared.run?.({ sandbox, signal, commandTimeoutMs: 1_000 });
    const observation = { text: observed?.content ?? '', isError: observed?.eventType === 'ErrorObservation' };
    said.push({ kind: 'answer', thoughts: [], text: '', calls: [{ call, observation }] });
    if (prepared.endsTurn) return said;
  }
  throw new Error('The script never finishes.');
}

const callsOf = (context: readonly ContextEntry[]) =>
  context.flatMap((entry) => (entry.kind === 'answer' ? entry.calls : []));

const toolsOf = (context: readonly ContextEntry[]) => callsOf(context).map(({ call }) => call.name);

test('a first task is thought about, written, run and finished', async () => {
  const sandbox = new MemorySandbox();
  const said = await playTurn([user('Build a hello world app')], sandbox);
  assert.deepEqual(toolsOf(said), ['think', 'shell', 'write', 'shell', 'finish']);
  assert.deepEqual(
    callsOf(said).flatMap(({ observation: { text, isError } }) => (text === '' ? [] : [[text, isError]])),
    [
      ['Wrote 56 characters to /workspace/project/hello.py.', false],
      ['Hello from Lucid!\n', false],
    ],
  );
  assert.ok((await sandbox.read('/workspace/project/hello.py')).ok);
});

test('a follow-up gets a short turn that quotes it', async () => {
  const sandbox = new MemorySandbox();
  const first = await playTurn([user('Build it')], sandbox);
  const said = await playTurn([...first, user('Now add tests')], sandbox);
  const turn = said.slice(first.length);
  assert.deepEqual(toolsOf(turn), ['think', 'shell', 'finish']);
  assert.match(JSON.stringify(turn), /Reading the follow-up: Now add tests/);
  assert.match(JSON.stringify(turn), /hello\.py\\n/);
});

test('the same conversation gets the same step, so a restarted turn goes on where it was', async () => {
  const text = fc.string({ unit: 'binary' });
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 3 }), fc.nat(), async (texts, at) => {
      let said: ContextEntry[] = [];
      for (const message of texts) said = await playTurn([...said, user(message)]);
      const cut = said.slice(0, at % said.length);
      assert.deepEqual(findScriptedStep(cut), findScriptedStep(structuredClone(cut)));
    }),
    { numRuns: 30 },
  );
});

test('a very long task is quoted in part', () => {
  const [, input] = findScriptedStep([user('😀'.repeat(100_000))]);
  assert.ok((input.thought ?? '').length < 300 && input.thought?.isWellFormed());
});

test('a script that goes on after its end finishes again', () => {
  const answer: ContextEntry = { kind: 'answer', thoughts: [], text: '', calls: [] };
  assert.equal(findScriptedStep([user('t'), ...Array.from({ length: 50 }, () => answer)])[0], 'finish');
  assert.equal(findScriptedStep([])[0], 'think');
});

test('the delay paces each step and shows the thought while it lasts; without one there is no delta', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const deltas: string[] = [];
  const options = { signal: new AbortController().signal, onDelta: ({ text }: Delta) => void deltas.push(text) };
  let isAnswered = false;
  const paced = new ScriptedModel(150).answer(createRequest('t'), options).then(() => {
    isAnswered = true;
  });
  assert.deepEqual(deltas, ['Analyzing task: t']);
  t.mock.timers.tick(149);
  await Promise.resolve();
  assert.equal(isAnswered, false);
  t.mock.timers.tick(1);
  await paced;
  await new ScriptedModel(0).answer(createRequest('t'), options);
  assert.equal(deltas.length, 1);
});

test('an interrupt cancels the answer at once, in the middle of its delay and before it', async () => {
  const abort = new AbortController();
  const options = { signal: abort.signal, onDelta: () => undefined };
  const answer = new ScriptedModel(60_000).answer(createRequest('t'), options);
  abort.abort();
  assert.deepEqual(await answer, { kind: 'cancelled' });
  assert.deepEqual(await new ScriptedModel(0).answer(createRequest('t'), options), { kind: 'cancelled' });
});

test('a load test gets as many thoughts as it asks for, some in each answer, and then the end', async () => {
  const model = new ScriptedModel(0);
  const context: ContextEntry[] = [user('Emit 120 events')];
  const counts: number[] = [];
  const thoughts = new Set<unknown>();
  for (let name: string | undefined = 'think'; name === 'think'; ) {
    const options = { signal: new AbortController().signal, onDelta: () => undefined };
    const result = await model.answer({ system: '', context, tools: [] }, options);
    assert.ok(result.kind === 'answered');
    const { toolCalls } = result.answer;
    name = toolCalls[0]?.name;
    counts.push(toolCalls.length);
    for (const { input } of toolCalls) thoughts.add((input as { thought?: string }).thought);
    const calls = toolCalls.map((call) => ({ call, observation: { text: 'Noted.', isError: false } }));
    context.push({ kind: 'answer', thoughts: [], text: '', calls });
  }
  assert.deepEqual(counts, [50, 50, 20, 1]);
  assert.equal([...thoughts].filter((thought) => thought !== undefined).length, 120);
});
