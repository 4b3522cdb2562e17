// Sub-agents: a context of their own below a call, their tools and events, what they cost, and what comes back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import { succeeded } from '../../schema/error.ts';
import type { AnswerOptions, AnswerResult, Model, ModelRequest, TokenCount } from '../models/model.ts';
import { waitUntil } from '../testing/event-loop.ts';
import { answerWith, finish, shell } from '../testing/fake-model.ts';
import { replayWrites } from '../testing/test-ring.ts';
import { createSession, restoreSession, waitUntilIdle } from '../testing/test-session.ts';
import { subAgentsMax } from './sub-agent.ts';

const delegate = (id: string, task: string, mayChange?: boolean) => ({
  id,
  name: 'delegate',
  input: { task, ...(mayChange !== undefined && { mayChange }) },
});

const tokens: TokenCount = { inputTokens: 100, outputTokens: 10, cachedTokens: 0, cacheWriteTokens: 0 };

const counted = (result: AnswerResult): AnswerResult =>
  result.kind === 'answered' ? { ...result, answer: { ...result.answer, usage: tokens } } : result;

/** A model that answers by the message that its conversation begins with. */
class ModelByTask implements Model {
  readonly name = 'fake/model';
  readonly contextTokensMax = 200_000;
  readonly requests: ModelRequest[] = [];
  readonly #answer: (task: string, step: number, options: AnswerOptions) => AnswerResult | Promise<AnswerResult>;

  constructor(answer: (task: string, step: number, options: AnswerOptions) => AnswerResult | Promise<AnswerResult>) {
    this.#answer = answer;
  }

  async answer(request: ModelRequest, options: AnswerOptions): Promise<AnswerResult> {
    this.requests.push(request);
    const [first] = request.context;
    const step = request.context.filter(({ kind }) => kind === 'answer').length;
    return counted(await this.#answer(first?.kind === 'user' ? first.text : '', step, options));
  }
}

/** A workspace that outlasts its actor, as a folder does. */
class LastingSandbox extends MemorySandbox {
  override readonly kind = 'local' as never;
}

test('in a workspace in memory a sub-agent can only look', async () => {
  const model = new ModelByTask((_, step) => answerWith('', step > 0 ? finish() : delegate('a', 'Change', true)));
  const session = createSession({ model, isMock: false });
  await waitUntilIdle(session);
  const observed = session.ring.events.find(({ metadata }) => metadata?.toolCallId === 'a');
  assert.equal(observed?.content, 'Here sub-agents can only look.');
});

test('sub-agents see their task alone, their events name their call, and the agent reads their reports alone', async () => {
  const model = new ModelByTask((task, step) => {
    if (task !== 'Build it') return step === 0 ? answerWith(`I look for ${task}`) : answerWith('', finish());
    if (step > 0) return answerWith('', finish('All done.'));
    return answerWith('', delegate('a', 'Find A'), delegate('b', 'Find B'), delegate('c', 'Find C'));
  });
  const session = createSession({ model, isMock: false });
  await waitUntilIdle(session);
  const { events } = session.ring;
  for (const id of ['a', 'b', 'c']) {
    const nested = events.filter(({ metadata }) => metadata?.parentToolCallId === id);
    assert.deepEqual(
      nested.map(({ eventType, content }) => [eventType, content]),
      [['MessageAction', `I look for Find ${id.toUpperCase()}`]],
    );
  }
  const observed = events.filter(({ eventType }) => eventType === 'DelegateObservation');
  assert.deepEqual(
    observed.map(({ content, metadata }) => [metadata?.toolCallId, content]),
    [
      ['a', 'I look for Find A'],
      ['b', 'I look for Find B'],
      ['c', 'I look for Find C'],
    ],
  );
  assert.deepEqual(
    model.requests.at(-1)?.context.map((entry) => (entry.kind === 'answer' ? entry.calls.length : entry.text)),
    ['Build it', 3],
  );
});

test('what sub-agents used is counted in the turn', async () => {
  const model = new ModelByTask((task, step) => {
    if (task !== 'Build it') return answerWith(`Found ${task}`);
    return step > 0 ? answerWith('', finish()) : answerWith('', delegate('a', 'A'), delegate('b', 'B'));
  });
  const session = createSession({ model, isMock: false });
  await waitUntilIdle(session);
  const completed = session.ring.events.find(({ metadata }) => metadata?.status === 'completed');
  assert.partialDeepStrictEqual(completed?.metadata?.usage, { inputTokens: 400, outputTokens: 40, steps: 2 });
});

test('one that only looks has no tools that change anything; none has sub-agents or asks people', async () => {
  const model = new ModelByTask((task, step) => {
    if (task === 'Build it')
      return step > 0 ? answerWith('', finish()) : answerWith('', delegate('a', 'Look'), delegate('b', 'Change', true));
    return step > 0
      ? answerWith('', finish('So it is.'))
      : answerWith('', shell(`echo ${task} > ${task}`), delegate('x', 'More'));
  });
  const makeSandbox = async () => succeeded(new LastingSandbox());
  const session = createSession({ model, isMock: false, makeSandbox });
  await waitUntilIdle(session);
  const toolsOf = (task: string) =>
    model.requests
      .find(({ context: [first] }) => first?.kind === 'user' && first.text === task)
      ?.tools.map(({ name }) => name) ?? [];
  assert.ok(toolsOf('Look').includes('read') && toolsOf('Change').includes('shell'));
  for (const name of ['shell', 'write', 'edit', 'delegate', 'plan', 'ask_user'])
    assert.ok(!toolsOf('Look').includes(name), name);
  for (const name of ['delegate', 'plan', 'ask_user']) assert.ok(!toolsOf('Change').includes(name), name);
  const errorsOf = (id: string) =>
    session.ring.events.flatMap(({ eventType, content, metadata }) =>
      eventType === 'ErrorObservation' && metadata?.parentToolCallId === id ? [content] : [],
    );
  assert.deepEqual(
    errorsOf('a').map((content) => content.split('\n')[0]),
    ['There is no tool named "shell".', 'There is no tool named "delegate".'],
  );
  assert.equal(errorsOf('b').length, 1);
});

test('no more than four work at once', async () => {
  const waiting: (() => void)[] = [];
  const model = new ModelByTask(async (task, step) => {
    if (task === 'Build it')
      return step > 0
        ? answerWith('', finish())
        : answerWith('', ...'abcdef'.split('').map((id) => delegate(id, `Find ${id}`)));
    await new Promise<void>((resolve) => waiting.push(resolve));
    return answerWith('Found.');
  });
  const session = createSession({ model, isMock: false });
  await waitUntil('four are asked', () => waiting.length === subAgentsMax);
  waiting.shift()?.();
  await waitUntil('the fifth is asked', () => waiting.length === subAgentsMax);
  const release = setInterval(() => waiting.shift()?.(), 1);
  await waitUntilIdle(session);
  clearInterval(release);
  assert.equal(session.ring.events.filter(({ eventType }) => eventType === 'DelegateObservation').length, 6);
});

test('an interrupt ends sub-agents with the turn, and one that fails is an observation', async () => {
  const failing = new ModelByTask((task, step) => {
    if (task === 'Build it') return step > 0 ? answerWith('', finish()) : answerWith('', delegate('a', 'Fail'));
    return { kind: 'failed', code: 'badRequest', message: 'No.' };
  });
  const failed = createSession({ model: failing, isMock: false });
  await waitUntilIdle(failed);
  const observed = failed.ring.events.find(({ metadata }) => metadata?.toolCallId === 'a');
  assert.deepEqual(
    [observed?.eventType, observed?.content],
    ['ErrorObservation', 'The sub-agent did not come to its end. No.'],
  );

  let isAsked = false;
  const hanging = new ModelByTask((task, _, { signal }) => {
    if (task === 'Build it') return answerWith('', delegate('a', 'Hang'));
    isAsked = true;
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve({ kind: 'cancelled' })));
  });
  const cut = createSession({ model: hanging, isMock: false });
  await waitUntil('the sub-agent is asked', () => isAsked);
  await cut.session.takeCommand({ type: 'interrupt', id: 'i-1' });
  await waitUntilIdle(cut);
  assert.equal(cut.ring.events.at(-1)?.metadata?.reason, 'interrupted');
});

test('a session that a crash left amid sub-agents goes on with its own conversation, and no sequence comes twice', async () => {
  let isAsked = false;
  const hanging = new ModelByTask((task, step) => {
    if (task === 'Build it') return answerWith('', delegate('a', 'Look'));
    if (step === 0) return answerWith('I begin.', { name: 'think', input: { thought: 'Hm.' } });
    isAsked = true;
    return new Promise(() => undefined);
  });
  const before = createSession({ model: hanging, isMock: false });
  await waitUntil('the sub-agent is at work', () => isAsked);
  const left = replayWrites(before.ring.writes);
  const model = new ModelByTask(() => answerWith('', finish('On my own then.')));
  const after = restoreSession(left, { model, isMock: false });
  await waitUntilIdle(after);
  const lost = after.ring.events.find(({ metadata }) => metadata?.toolCallId === 'a');
  assert.match(lost?.content ?? '', /^The session lost its engine during this call, and goes on at another/);
  const sequences = [...left.events, ...after.ring.events].map(({ sequence }) => sequence);
  assert.equal(new Set(sequences).size, sequences.length);
  assert.deepEqual(
    model.requests[0]?.context.map((entry) =>
      entry.kind === 'answer' ? entry.calls.map(({ call }) => call.id) : entry.text,
    ),
    ['Build it', ['a']],
  );
});
