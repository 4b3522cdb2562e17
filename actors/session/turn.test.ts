// One turn: nothing runs before it is stored, every call is answered, and every end says why.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { succeeded } from '../../schema/error.ts';
import type { Answer, AnswerResult } from '../models/model.ts';
import { isSettled, waitUntil } from '../testing/event-loop.ts';
import { answerWith, endless, FakeModel, finish, shell } from '../testing/fake-model.ts';
import { FakeSession } from '../testing/fake-session.ts';
import { HangingSandbox } from '../testing/hanging-sandbox.ts';
import { message } from '../testing/stored-events.ts';
import { everyTool } from '../tools/tool-set.ts';
import { buildContext } from './transcript.ts';
import { noUsage } from './turn-usage.ts';

/** An answer with something else about it. */
function answered(text: string, more: Partial<Answer>): AnswerResult {
  const result = answerWith(text);
  return result.kind === 'answered' ? { ...result, answer: { ...result.answer, ...more } } : result;
}

test('a turn asks, runs what it is told, and ends when the model finishes', async () => {
  const session = new FakeSession();
  const model = new FakeModel(answerWith('Let me look.', shell('echo hi > a')), answerWith('', shell('cat a')));
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
  const last = model.contextsAsked[2]?.at(-1);
  assert.ok(last?.kind === 'answer');
  assert.deepEqual(last.calls.at(-1)?.observation, { text: 'hi\n', isError: false });
});

test('a call is stored before it runs', async () => {
  const session = new FakeSession();
  session.storesAtOnce = false;
  const turn = session.run(new FakeModel(answerWith('', shell('echo done > a'))));
  await waitUntil('the call waits to be stored', () => session.isWaiting);
  assert.equal(session.types.at(-1), 'CmdRunAction');
  assert.equal((await session.sandbox.read('a')).ok, false);
  session.settleStoring(true);
  await turn;
  assert.equal((await session.sandbox.read('a')).ok, true);
});

test('a call whose session has another owner by now is not run', async () => {
  const session = new FakeSession();
  session.storesAtOnce = false;
  const turn = session.run(new FakeModel(answerWith('', shell('echo done > a'), shell('echo done > b'))));
  await waitUntil('the call waits to be stored', () => session.isWaiting);
  session.abort.abort();
  while (!(await isSettled(turn))) session.settleStoring(false);
  assert.equal((await turn).end, 'interrupted');
  assert.deepEqual(await session.sandbox.list(), succeeded({ tree: [] }));
  assert.ok(!session.types.includes('CmdOutputObservation'));
});

test('an interrupt before anything of an answer came ends the turn, and nothing is recorded', async () => {
  const session = new FakeSession();
  const model = new FakeModel(endless);
  const turn = session.run(model);
  await waitUntil('the model is asked', () => model.contextsAsked.length === 1);
  session.abort.abort();
  const { end, usage } = await turn;
  assert.deepEqual([end, usage.steps, session.types], ['interrupted', 0, ['InitialTask']]);
});

test('an answer that comes in spite of an interrupt is not acted on', async () => {
  const session = new FakeSession();
  const stubborn = async (): Promise<AnswerResult> => {
    session.abort.abort();
    return answerWith('I do it.', shell('echo no > a'));
  };
  assert.equal((await session.run(new FakeModel(stubborn))).end, 'interrupted');
  assert.deepEqual(session.types, ['InitialTask', 'MessageAction', 'AgentNotice'], 'what it said is kept');
});

test('an answer that was cut off is given back to the model, which is told what of it was not run', async () => {
  const session = new FakeSession();
  const cut = async (): Promise<AnswerResult> => {
    session.abort.abort();
    return { kind: 'cancelled', partial: { thoughts: [], text: 'I write it.', cutCalls: ['write'] } };
  };
  await session.run(new FakeModel(cut));
  assert.partialDeepStrictEqual(buildContext(session.events, ''), [
    { kind: 'user' },
    { kind: 'answer', text: 'I write it.', calls: [] },
    { kind: 'notice', text: 'Your answer was cut off here. What it called was not run: write.' },
  ]);
});

test('an interrupt in the middle of a command ends the turn, and the call says what it had said', async () => {
  const session = new FakeSession();
  const sandbox = new HangingSandbox('half');
  session.sandbox = sandbox;
  const turn = session.run(new FakeModel(answerWith('', shell('sleep 1000'))));
  await waitUntil('the command runs', () => sandbox.running === 1);
  session.abort.abort();
  assert.equal((await turn).end, 'interrupted');
  assert.match(session.events.at(-1)?.content ?? '', /^half\n\[The command was interrupted\.\]$/);
});

test('a command that its engine’s end cuts says that the session moved, and those not begun say so, too', async () => {
  const session = new FakeSession();
  const sandbox = new HangingSandbox('half');
  session.sandbox = sandbox;
  const turn = session.run(new FakeModel(answerWith('', shell('sleep 1000'), shell('sleep 2'))));
  await waitUntil('the command runs', () => sandbox.running === 1);
  session.abort.abort('passivated');
  await turn;
  const [cut, notBegun] = session.events
    .slice(-3)
    .flatMap(({ content, metadata }) => (metadata?.toolCallId ? [content] : []));
  assert.match(
    cut ?? '',
    /^half\n\[The command was ended before it was done\. Nobody interrupted it: the engine ended/,
  );
  assert.match(notBegun ?? '', /^This call was not begun\. Nobody interrupted it: the engine ended/);
});

test('every call of an interrupted step has an answer, also those that were not begun', async () => {
  const session = new FakeSession();
  const sandbox = new HangingSandbox('half');
  session.sandbox = sandbox;
  const turn = session.run(new FakeModel(answerWith('', shell('sleep 1'), shell('sleep 2'), shell('sleep 3'))));
  await waitUntil('the command runs', () => sandbox.running === 1);
  session.abort.abort();
  await turn;
  assert.equal(sandbox.running, 1);
  const calls = session.events.flatMap((event) => event.metadata?.toolCall?.id ?? []);
  const answers = session.events.flatMap((event) => event.metadata?.toolCallId ?? []);
  assert.deepEqual(answers, calls);
  assert.match(session.events.at(-1)?.content ?? '', /interrupted before the call was done/);
});

test('a turn of too many steps is ended and says so', async () => {
  const session = new FakeSession();
  const model = new FakeModel(...Array.from({ length: 10 }, () => answerWith('', shell('true'))));
  const { end, message: said, usage } = await session.run(model, { iterationsMax: 3 });
  assert.deepEqual([end, said], ['iterations', 'The agent was stopped after 3 steps.']);
  assert.deepEqual([usage.steps, model.contextsAsked.length], [3, 3]);
});

test('before the last step of a limit the model is told once, and what it says then doesn’t pass for the end of its task', async () => {
  const session = new FakeSession();
  const model = new FakeModel(answerWith('', shell('true')), answerWith('Half of it is done.'));
  const { end, message: said } = await session.run(model, { iterationsMax: 2 });
  assert.deepEqual([end, said], ['iterations', 'The agent was stopped after 2 steps.']);
  assert.match(
    model.contextsAsked[1]?.at(-1)?.text ?? '',
    /^This is the last step of this turn.* say where things stand/,
  );
  assert.deepEqual(session.types.slice(-2), ['AgentNotice', 'MessageAction']);
  const again = new FakeModel(answerWith('Half of it is done.'));
  session.events = session.events.slice(0, -1);
  await session.run(again, { iterationsMax: 2, usageBefore: { ...noUsage, steps: 1 } });
  assert.equal(session.types.filter((type) => type === 'AgentNotice').length, 1);
});

test('when its time is almost up a turn has one more step', async () => {
  const session = new FakeSession();
  const model = new FakeModel(answerWith('', shell('true')), answerWith('', shell('true')));
  const { end } = await session.run(model, { timeoutMs: 60_000, timeLeftMs: 5_000 });
  assert.deepEqual([end, model.contextsAsked.length], ['timeout', 1]);
});

test('a step is one answer with all its calls', async () => {
  const session = new FakeSession();
  const model = new FakeModel(answerWith('', shell('true'), shell('true'), shell('true'), finish()));
  const { end, usage } = await session.run(model, { iterationsMax: 1 });
  assert.deepEqual([end, usage.steps], ['finished', 1]);
});

test('a model that fails ends the turn with its message', async () => {
  const session = new FakeSession();
  const failure = { kind: 'failed', code: 'overloaded', message: 'The model is overloaded.' } as const;
  const { end, message: said } = await session.run(new FakeModel(answerWith('', shell('true')), failure));
  assert.deepEqual([end, said], ['failed', 'The model is overloaded.']);
});

test('a model that says something and calls nothing has finished', async () => {
  const session = new FakeSession();
  const { end } = await session.run(new FakeModel(answerWith('Nothing to do: \0\ud800')));
  assert.equal(end, 'finished');
  assert.equal(session.events.at(-1)?.content, 'Nothing to do: \uFFFD\uFFFD');
});

test('an unknown tool and a wrong input are observations, and the model goes on', async () => {
  const session = new FakeSession();
  const wrong = answerWith('', { name: 'teleport', input: {} }, { name: 'shell', input: { cmd: 'ls' } });
  const model = new FakeModel(wrong);
  assert.equal((await session.run(model)).end, 'finished');
  const said = model.contextsAsked[1]?.at(-1);
  assert.ok(said?.kind === 'answer');
  assert.deepEqual(
    said.calls.map(({ observation }) => observation.isError),
    [true, true],
  );
  assert.match(JSON.stringify(said.calls), /There is no tool named .*The call of shell is invalid: command: /);
});

test('a message that comes during the turn is read before the next step', async () => {
  const session = new FakeSession();
  const interrupting = async (): Promise<AnswerResult> => {
    session.addEvent(message('Use tabs'));
    return answerWith('', shell('true'));
  };
  const model = new FakeModel(interrupting);
  await session.run(model);
  assert.deepEqual(
    model.contextsAsked.map((context) => context.filter((entry) => entry.kind === 'user').length),
    [1, 2],
  );
});

test('clients get a new tree once after a step that may have changed files, and not after others', async () => {
  const session = new FakeSession();
  const reading = answerWith('', { name: 'think', input: { thought: '' } }, { name: 'read', input: { path: 'a' } });
  const writing = answerWith('', shell('true'), { name: 'write', input: { path: 'a', content: '' } });
  await session.run(new FakeModel(reading, writing));
  assert.equal(session.changes, 1);
});

test('a turn counts the tokens of all its steps and the time that it took', async () => {
  const session = new FakeSession();
  const counted = async (): Promise<AnswerResult> => {
    session.nowMs += 250;
    const usage = { inputTokens: 10, outputTokens: 2, cachedTokens: 5, cacheWriteTokens: 1 };
    return answered('', { usage, toolCalls: [{ id: `c-${session.nowMs}`, ...shell('true') }], stop: 'toolCalls' });
  };
  const { usage } = await session.run(new FakeModel(counted, counted));
  const tokens = { inputTokens: 20, outputTokens: 4, cachedTokens: 10, cacheWriteTokens: 2 };
  assert.deepEqual(usage, { ...tokens, steps: 3, durationMs: 500 });
});

test('an agent waits before its next step while persistence is behind', async () => {
  const session = new FakeSession();
  let makeRoom: () => void = () => undefined;
  const room = new Promise<void>((resolve) => {
    makeRoom = resolve;
  });
  const model = new FakeModel();
  const turn = session.run(model, { waitForRoom: () => room });
  assert.equal(await isSettled(turn), false);
  assert.equal(model.contextsAsked.length, 0);
  makeRoom();
  assert.equal((await turn).end, 'finished');
});

test('what a turn costs is the sum of what its answers cost, where prices are known', async () => {
  const usage = { inputTokens: 1_000_000, outputTokens: 100_000, cachedTokens: 500_000, cacheWriteTokens: 0 };
  const model = new FakeModel(answered('Done.', { usage }));
  const prices = { input: 2, output: 10, cached: 0.5, cacheWrite: 2.5 };
  const { usage: priced } = await new FakeSession().run(Object.assign(model, { prices }));
  assert.equal(priced.costUsd, 1 + 1 + 0.25);
  const { usage: free } = await new FakeSession().run(new FakeModel());
  assert.equal('costUsd' in free, false);
});

test('thoughts are recorded before what follows from them, and given back as they came', async () => {
  const session = new FakeSession();
  const thoughts = [
    { text: 'Let me see.', signature: 's-1' },
    { text: '', signature: 's-2', behind: { chars: 5, calls: 0 } },
  ];
  const toolCalls = [{ id: 'c-1', ...shell('true') }];
  const model = new FakeModel(answered('Look.', { thoughts, toolCalls, stop: 'toolCalls' }));
  await session.run(model);
  assert.deepEqual(session.types.slice(1, 5), ['ThinkAction', 'HiddenThought', 'MessageAction', 'CmdRunAction']);
  assert.deepEqual([session.events[1]?.role, session.events[2]?.role], ['assistant', 'system']);
  const last = model.contextsAsked[1]?.at(-1);
  assert.ok(last?.kind === 'answer');
  assert.deepEqual(last.thoughts, thoughts);
});

test('a refusal ends the turn and says so', async () => {
  const session = new FakeSession();
  const { end } = await session.run(new FakeModel(answered('I would rather not.', { stop: 'refused' })));
  assert.deepEqual([end, session.types.at(-1)], ['refused', 'MessageAction']);
});

test('an answer that was cut off at the limit of output goes on, and the model is told', async () => {
  const session = new FakeSession();
  const model = new FakeModel(answered('First half', { stop: 'cut' }));
  assert.equal((await session.run(model)).end, 'finished');
  const last = model.contextsAsked[1]?.at(-1);
  assert.ok(last?.kind === 'notice');
  assert.match(last.text, /cut off at the limit of output/);
  assert.equal(session.events.find((event) => event.eventType === 'AgentNotice')?.role, 'system');
});

test('an empty answer is told to the model once; a second one ends the turn', async () => {
  const session = new FakeSession();
  const helped = new FakeModel(answerWith(''), answerWith('', shell('true')), answerWith(''));
  assert.equal((await session.run(helped)).end, 'finished');
  const hopeless = await new FakeSession().run(new FakeModel(answerWith(''), answerWith('')));
  assert.deepEqual([hopeless.end, hopeless.usage.steps], ['failed', 2]);
  assert.match(hopeless.message, /empty answer/);
});

test('a call of a tool that is not there is told to the model by name, and three in a row end the turn', async () => {
  const session = new FakeSession();
  const toolSet = { ...everyTool, described: [{ name: 'shell', description: '', inputSchema: {} }] };
  const missing = () => answered('', { stop: 'noSuchTool', calledName: 'teleport' });
  const model = new FakeModel(missing(), missing(), answerWith('', shell('true')), missing());
  assert.equal((await session.run(model, { toolSet })).end, 'finished');
  assert.deepEqual(model.contextsAsked[1]?.at(-1), {
    kind: 'notice',
    text: 'There is no such tool as teleport; nothing was called. Your tools are: shell.',
  });
  const hopeless = await new FakeSession().run(new FakeModel(missing(), missing(), missing()));
  assert.deepEqual([hopeless.end, hopeless.usage.steps], ['failed', 3]);
  assert.match(hopeless.message, /a tool that is not there 3 times in a row/);
});

test('a tool that is called by its name with something around it is called', async () => {
  const session = new FakeSession();
  await session.run(new FakeModel(answerWith('', { name: 'functions.bash', input: { command: 'echo hi > a' } })));
  assert.equal((await session.sandbox.read('a')).ok, true);
  assert.equal(session.events.find(({ metadata }) => metadata?.toolCall)?.metadata?.toolCall?.name, 'shell');
});

test('an empty answer is told to the model though something else was told to it before', async () => {
  const session = new FakeSession();
  session.addEvent({ eventType: 'WorkspaceEmptied', content: 'It is empty now.' });
  assert.equal((await session.run(new FakeModel(answerWith('')))).end, 'finished');
});

test('a model that repeats itself is told so once, and then stopped with the reason', async () => {
  const session = new FakeSession();
  const model = new FakeModel(...Array.from({ length: 10 }, () => answerWith('', shell('cat nothing'))));
  const { end, message: said } = await session.run(model);
  assert.equal(end, 'repeating');
  assert.match(said, /^The agent was stopped: .*(same|alike)/);
  const notices = session.events.filter((event) => event.eventType === 'AgentNotice');
  assert.equal(notices.length, 1);
  const told = model.contextsAsked.findIndex((context) => context.some((entry) => entry.kind === 'notice'));
  assert.equal(model.contextsAsked.length, told + 1, 'it was asked once more after it was told');
});

test('a model that does something else once it is told goes on', async () => {
  const session = new FakeSession();
  const repeated = Array.from({ length: 3 }, () => answerWith('', shell('cat nothing')));
  const model = new FakeModel(
    ...repeated,
    answerWith('', shell('echo x > nothing')),
    answerWith('', shell('cat nothing')),
  );
  assert.equal((await session.run(model)).end, 'finished');
});
