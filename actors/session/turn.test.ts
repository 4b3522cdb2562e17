// One turn: nothing runs before it is stored, every call is answered, and every end says why.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemorySandbox } from '../../sandbox/memory.ts';
import type { RunOptions, RunResult } from '../../sandbox/sandbox.ts';
import { type Outcome, succeeded } from '../../schema/error.ts';
import type { StoredEvent } from '../../schema/event.ts';
import type { AnswerResult } from '../models/model.ts';
import { message, stored, task } from '../testing/events.ts';
import { answering, endless, FakeModel, finish, shell } from '../testing/model.ts';
import { eventually, isSettled } from '../testing/turns.ts';
import { contextOf } from './transcript.ts';
import { runTurn, type TurnPorts } from './turn.ts';

/** A turn's session on paper: its events, and a database that stores when it is told to, or at once. */
class PaperSession {
  events: StoredEvent[] = stored(task());
  readonly abort = new AbortController();
  sandbox = new MemorySandbox();
  storesAtOnce = true;
  /** How often the files changed. */
  changes = 0;
  nowMs = 0;
  /** What calls printed while they ran. */
  printed: string[] = [];
  #waiting: ((isOurs: boolean) => void)[] = [];

  adds(draft: Parameters<typeof stored>[0]): StoredEvent {
    const event = { ...stored(draft)[0], sequence: this.events.length + 1 } as StoredEvent;
    this.events = [...this.events, event];
    return event;
  }

  /** Answers whoever waits for the database. */
  settle(isOurs: boolean): void {
    for (const resolve of this.#waiting.splice(0)) resolve(isOurs);
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  run(model: FakeModel, more: Partial<TurnPorts> = {}) {
    return runTurn({
      model,
      sandbox: this.sandbox,
      signal: this.abort.signal,
      iterationsMax: 50,
      commandTimeoutMs: 1_000,
      now: () => this.nowMs,
      system: 'You are a test.',
      tools: [],
      read: () => ({ context: contextOf(this.events, 'Build it'), through: this.events.length }),
      record: (recorded) => this.adds(recorded),
      stored: () => (this.storesAtOnce ? Promise.resolve(true) : new Promise((resolve) => this.#waiting.push(resolve))),
      room: async () => undefined,
      onDelta: () => undefined,
      onRetry: () => undefined,
      outputOf: (call) => ({
        add: (chunk) => this.printed.push(`${call.id}: ${chunk}`),
        end: () => this.printed.push(`${call.id} ended`),
      }),
      onFilesChanged: () => this.changes++,
      ...more,
    });
  }

  get types(): string[] {
    return this.events.map((event) => event.eventType);
  }
}

/** A sandbox whose commands run until they are cancelled. */
class HangingSandbox extends MemorySandbox {
  running = 0;

  override run(_: string, { signal }: RunOptions): Promise<Outcome<RunResult>> {
    this.running++;
    return new Promise((resolve) =>
      signal.addEventListener('abort', () => resolve(succeeded({ kind: 'cancelled', output: 'half' }))),
    );
  }
}

test('a turn asks, runs what it is told, and ends when the model finishes', async () => {
  const session = new PaperSession();
  const model = new FakeModel(answering('Let me look.', shell('echo hi > a')), answering('', shell('cat a')));
  const result = await session.run(model);
  assert.deepEqual(
    [result.end, result.message, result.usage.steps],
    ['finished', 'The agent has completed its task.', 3],
  );
  assert.deepEqual(session.types.slice(1), [
    'MessageAction',
    'CmdRunAction',
    'CmdOutputObservation',
    'CmdRunAction',
    'CmdOutputObservation',
    'AgentFinishAction',
  ]);
  const last = model.asked[2]?.at(-1);
  assert.ok(last?.kind === 'answer');
  assert.deepEqual(last.calls.at(-1)?.observation, { text: 'hi\n', isError: false });
});

test('a call is stored before it runs', async () => {
  const session = new PaperSession();
  session.storesAtOnce = false;
  const turn = session.run(new FakeModel(answering('', shell('echo done > a'))));
  await eventually('the call waits to be stored', () => session.isWaiting);
  assert.equal(session.types.at(-1), 'CmdRunAction');
  assert.equal((await session.sandbox.read('a')).ok, false);
  session.settle(true);
  await turn;
  assert.equal((await session.sandbox.read('a')).ok, true);
});

test('a call whose session has another owner by now is not run', async () => {
  const session = new PaperSession();
  session.storesAtOnce = false;
  const turn = session.run(new FakeModel(answering('', shell('echo done > a'), shell('echo done > b'))));
  await eventually('the call waits to be stored', () => session.isWaiting);
  session.abort.abort();
  while (!(await isSettled(turn))) session.settle(false);
  assert.equal((await turn).end, 'interrupted');
  assert.deepEqual(await session.sandbox.list(), succeeded({ tree: [] }));
  assert.ok(!session.types.includes('CmdOutputObservation'));
});

test('an interrupt in the middle of an answer ends the turn, and the answer is not recorded', async () => {
  const session = new PaperSession();
  const model = new FakeModel(endless);
  const turn = session.run(model);
  await eventually('the model is asked', () => model.asked.length === 1);
  session.abort.abort();
  const { end, usage } = await turn;
  assert.deepEqual([end, usage.steps, session.types], ['interrupted', 0, ['InitialTask']]);
});

test('an answer that comes in spite of an interrupt is not acted on', async () => {
  const session = new PaperSession();
  const stubborn = async (): Promise<AnswerResult> => {
    session.abort.abort();
    return answering('', shell('echo no > a'));
  };
  assert.equal((await session.run(new FakeModel(stubborn))).end, 'interrupted');
  assert.deepEqual(session.types, ['InitialTask']);
});

test('an interrupt in the middle of a command ends the turn, and the call says what it had said', async () => {
  const session = new PaperSession();
  const sandbox = new HangingSandbox();
  session.sandbox = sandbox;
  const turn = session.run(new FakeModel(answering('', shell('sleep 1000'))));
  await eventually('the command runs', () => sandbox.running === 1);
  session.abort.abort();
  assert.equal((await turn).end, 'interrupted');
  assert.match(session.events.at(-1)?.content ?? '', /^half\n\[The command was interrupted\.\]$/);
});

test('every call of an interrupted step has an answer, also those that were not begun', async () => {
  const session = new PaperSession();
  const sandbox = new HangingSandbox();
  session.sandbox = sandbox;
  const turn = session.run(new FakeModel(answering('', shell('sleep 1'), shell('sleep 2'), shell('sleep 3'))));
  await eventually('the command runs', () => sandbox.running === 1);
  session.abort.abort();
  await turn;
  assert.equal(sandbox.running, 1);
  const calls = session.events.flatMap((event) => event.metadata?.toolCall?.id ?? []);
  const answers = session.events.flatMap((event) => event.metadata?.toolCallId ?? []);
  assert.deepEqual(answers, calls);
  assert.match(session.events.at(-1)?.content ?? '', /interrupted before the call was done/);
});

test('a turn of too many steps is ended and says so', async () => {
  const session = new PaperSession();
  const model = new FakeModel(...Array.from({ length: 10 }, () => answering('', shell('true'))));
  const { end, message: said, usage } = await session.run(model, { iterationsMax: 3 });
  assert.deepEqual([end, said], ['iterations', 'The agent was stopped after 3 steps (MAX_ITERATIONS).']);
  assert.deepEqual([usage.steps, model.asked.length], [3, 3]);
});

test('a step is one answer with all its calls', async () => {
  const session = new PaperSession();
  const model = new FakeModel(answering('', shell('true'), shell('true'), shell('true'), finish()));
  const { end, usage } = await session.run(model, { iterationsMax: 1 });
  assert.deepEqual([end, usage.steps], ['finished', 1]);
});

test('a model that fails ends the turn with its message', async () => {
  const session = new PaperSession();
  const failure = { kind: 'failed', code: 'overloaded', message: 'The model is overloaded.' } as const;
  const { end, message: said } = await session.run(new FakeModel(answering('', shell('true')), failure));
  assert.deepEqual([end, said], ['failed', 'The model is overloaded.']);
});

test('a model that says something and calls nothing has finished', async () => {
  const session = new PaperSession();
  const { end } = await session.run(new FakeModel(answering('Nothing to do: \0\ud800')));
  assert.equal(end, 'finished');
  assert.equal(session.events.at(-1)?.content, 'Nothing to do: \uFFFD\uFFFD');
});

test('an unknown tool and a wrong input are observations, and the model goes on', async () => {
  const session = new PaperSession();
  const wrong = answering('', { name: 'teleport', input: {} }, { name: 'shell', input: { cmd: 'ls' } });
  const model = new FakeModel(wrong);
  assert.equal((await session.run(model)).end, 'finished');
  const said = model.asked[1]?.at(-1);
  assert.ok(said?.kind === 'answer');
  assert.deepEqual(
    said.calls.map(({ observation }) => observation.isError),
    [true, true],
  );
  assert.match(JSON.stringify(said.calls), /There is no tool named .*The call of shell is invalid: command: /);
});

test('a message that comes during the turn is read before the next step', async () => {
  const session = new PaperSession();
  const interrupting = async (): Promise<AnswerResult> => {
    session.adds(message('Use tabs'));
    return answering('', shell('true'));
  };
  const model = new FakeModel(interrupting);
  await session.run(model);
  assert.deepEqual(
    model.asked.map((context) => context.filter((entry) => entry.kind === 'user').length),
    [1, 2],
  );
});

test('clients get a new tree once after a step that may have changed files, and not after others', async () => {
  const session = new PaperSession();
  const reading = answering('', { name: 'think', input: { thought: '' } }, { name: 'read', input: { path: 'a' } });
  const writing = answering('', shell('true'), { name: 'write', input: { path: 'a', content: '' } });
  await session.run(new FakeModel(reading, writing));
  assert.equal(session.changes, 1);
});

test('a turn counts the tokens of all its steps and the time that it took', async () => {
  const session = new PaperSession();
  const counted = async (): Promise<AnswerResult> => {
    session.nowMs += 250;
    const usage = { inputTokens: 10, outputTokens: 2, cachedTokens: 5, cacheWriteTokens: 1 };
    const answered = answering('', shell('true'));
    return answered.kind === 'answered' ? { ...answered, answer: { ...answered.answer, usage } } : answered;
  };
  const { usage } = await session.run(new FakeModel(counted, counted));
  const tokens = { inputTokens: 20, outputTokens: 4, cachedTokens: 10, cacheWriteTokens: 2 };
  assert.deepEqual(usage, { ...tokens, steps: 3, durationMs: 500 });
});

test('an agent waits before its next step while persistence is behind', async () => {
  const session = new PaperSession();
  let makeRoom: () => void = () => undefined;
  const room = new Promise<void>((resolve) => {
    makeRoom = resolve;
  });
  const model = new FakeModel();
  const turn = session.run(model, { room: () => room });
  assert.equal(await isSettled(turn), false);
  assert.equal(model.asked.length, 0);
  makeRoom();
  assert.equal((await turn).end, 'finished');
});
