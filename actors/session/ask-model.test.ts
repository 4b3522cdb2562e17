// A conversation that grows too long for a model is summed up, and what a provider refused as too long is sent in less.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AnswerResult, ContextEntry, Model } from '../models/model.ts';
import { user } from '../testing/conversation.ts';
import { answerWith, FakeModel, shell } from '../testing/fake-model.ts';
import { FakeSession } from '../testing/fake-session.ts';
import { message } from '../testing/stored-events.ts';
import { askModel } from './ask-model.ts';
import { tokensOf } from './compaction.ts';

const smallWindow = { contextTokensMax: 4_000 };

/** A command that prints much; each another one, so that the agent doesn't repeat itself. */
const wordyCall = (n: number) => shell(`echo ${`${n} `.repeat(1_500)}`);

const tooLong: AnswerResult = { kind: 'failed', code: 'contextTooLong', message: 'The prompt is too long.' };

/** As many steps as it takes for a summary to be due; the summary is the model's answer to a request without tools. */
function createLongTurn(summary: () => AnswerResult) {
  const session = new FakeSession();
  let summaries = 0;
  let step = 0;
  const next = async (_: unknown, context: readonly { kind: string }[]): Promise<AnswerResult> => {
    const asksForSummary = context.length === 1 && session.events.length > 2;
    if (asksForSummary) {
      summaries++;
      return summary();
    }
    return ++step > 12 ? answerWith('Done.') : answerWith('', wordyCall(step));
  };
  const model = Object.assign(new FakeModel(...Array.from({ length: 20 }, () => next)), smallWindow);
  return { session, model, summaries: () => summaries };
}

/** What the model goes on from; the newest step alone is too long to stay beside it. */
const afterSummary = {
  kind: 'summary',
  text: "# The user's messages, word for word\n\n<message>\nBuild it\n</message>\n\n# Summary\n\nWe echoed a lot.",
};

test('a conversation that grows too long is summed up once it is due, and goes on from the summary', async () => {
  const { session, model, summaries } = createLongTurn(() => answerWith('We echoed a lot.'));
  assert.equal((await session.run(model)).end, 'finished');
  assert.ok(summaries() >= 1);
  const at = session.types.indexOf('CondensationAction');
  assert.equal(session.events[at]?.content, 'We echoed a lot.');
  assert.equal(session.events[at]?.metadata?.summarizedThrough, at, 'it stands for all that was there');
  const next = model.contextsAsked.find((context) => context[0]?.kind === 'summary');
  assert.deepEqual(next?.[0], afterSummary);
});

test('a message that comes while the summary is written is read after it', async () => {
  const { session, model } = createLongTurn(() => {
    session.addEvent(message('Use tabs'));
    return answerWith('We echoed a lot.');
  });
  await session.run(model);
  const next = model.contextsAsked.find((context) => context[0]?.kind === 'summary');
  assert.deepEqual(next?.slice(0, 2), [afterSummary, { kind: 'user', text: 'Use tabs' }]);
});

test('a summary that fails, or says nothing, ends the turn with the reason', async () => {
  const failing = createLongTurn(() => ({ kind: 'failed', code: 'overloaded', message: 'The model is overloaded.' }));
  assert.deepEqual((await failing.session.run(failing.model)).message, 'The model is overloaded.');
  const silent = createLongTurn(() => answerWith(' '));
  const { end, message: said } = await silent.session.run(silent.model);
  assert.deepEqual([end, said], ['failed', 'The model gave no summary.']);
});

const tool = { name: 'shell', description: 'Runs a command.', inputSchema: {} };

/** The requests to a model that takes this many estimated tokens, whatever its declared limit. */
async function askSmall(context: ContextEntry[], tokensMax: number, tellsNumbers: boolean) {
  const { model, sizes } = smallModel(tokensMax, tellsNumbers);
  return { result: await askOf(model, context), sizes };
}

function smallModel(tokensMax: number, tellsNumbers: boolean) {
  const sizes: number[] = [];
  const answer: Model['answer'] = async ({ context: sent, tools }) => {
    const isForSummary = tools.length === 0;
    if (isForSummary) return answerWith('We echoed a lot.');
    sizes.push(tokensOf(sent));
    if (tokensOf(sent) <= tokensMax) return answerWith('Done.');
    return { ...tooLong, ...(tellsNumbers && { tooLong: { sent: tokensOf(sent), max: tokensMax } }) };
  };
  return { model: { name: 'fake/model', contextTokensMax: 200_000, answer }, sizes };
}

async function askOf(model: Model, context: ContextEntry[]): Promise<AnswerResult> {
  let conversation = context;
  const { result } = await askModel({
    model,
    system: 'You are a test.',
    tools: [tool],
    signal: new AbortController().signal,
    readConversation: () => ({ context: conversation, events: [], through: 1 }),
    recordEvent: ({ content = '' }) => {
      conversation = [{ kind: 'summary', text: content }];
    },
    loadImage: async () => undefined,
    onDelta: () => undefined,
    onRetry: () => undefined,
    onSpent: () => undefined,
  });
  return result;
}

const wordyAnswer = (n: number): ContextEntry => ({
  kind: 'answer',
  thoughts: [],
  text: '',
  calls: [{ call: { id: `call-${n}`, ...wordyCall(n) }, observation: { text: `${n} `.repeat(1_500), isError: false } }],
});

test('where longer requests cost several times as much, none is made so long', async () => {
  const context: ContextEntry[] = [user(), ...Array.from({ length: 100 }, (_, n) => wordyAnswer(n))];
  const rates = { input: 1, output: 5, cached: 0.1, cacheWrite: 1 };
  const longest = async (long: number) => {
    const { model, sizes } = smallModel(1_000_000, false);
    const prices = { ...rates, long: { aboveTokens: 100_000, ...rates, input: long } };
    await askOf({ ...model, contextTokensMax: 1_000_000, prices }, context);
    return Math.max(...sizes);
  };
  assert.ok(tokensOf(context) > 150_000);
  assert.ok((await longest(5)) < 80_000);
  assert.equal(await longest(1.2), tokensOf(context));
});

test('each try is smaller than what the provider refused as too long', async () => {
  const context: ContextEntry[] = [
    { kind: 'user', text: 'Build it' },
    ...Array.from({ length: 12 }, (_, n) => wordyAnswer(n)),
  ];
  for (const tellsNumbers of [true, false])
    for (const tokensMax of [15_000, 6_000, 100]) {
      const { result, sizes } = await askSmall(context, tokensMax, tellsNumbers);
      assert.equal(result.kind, 'answered', `${tokensMax}: ${sizes}`);
      assert.ok(sizes.length > 1, 'it was too long at first');
      for (const [at, size] of sizes.entries()) assert.ok(at === 0 || size < (sizes[at - 1] ?? 0), `${sizes}`);
    }
});

test('the next step begins with what the model took after it had refused more', async () => {
  const context: ContextEntry[] = [
    { kind: 'user', text: 'Build it' },
    ...Array.from({ length: 12 }, (_, n) => wordyAnswer(n)),
  ];
  for (const tellsNumbers of [true, false]) {
    const { model, sizes } = smallModel(6_000, tellsNumbers);
    await askOf(model, context);
    const tries = sizes.length;
    assert.equal((await askOf(model, context)).kind, 'answered');
    assert.deepEqual([tries > 1, sizes.length], [true, tries + 1], `${sizes}`);
  }
});

test('a summary that is too long to be asked for is asked for in less', async () => {
  const { model } = smallModel(100_000, true);
  let refusals = 0;
  const answer: Model['answer'] = async (request, options) => {
    if (request.tools.length > 0 || refusals > 0) return model.answer(request, options);
    refusals++;
    return { ...tooLong, tooLong: { sent: 200_000, max: 100_000 } };
  };
  const context: ContextEntry[] = [
    { kind: 'user', text: 'word '.repeat(220_000) },
    ...Array.from({ length: 3 }, (_, n) => wordyAnswer(n)),
  ];
  assert.equal((await askOf({ ...model, answer }, context)).kind, 'answered');
  assert.equal(refusals, 1);
});

test('a request that can’t be made smaller is not sent again, and its turn ends with the reason', async () => {
  const { result, sizes } = await askSmall([{ kind: 'user', text: 'word '.repeat(500) }], 1, true);
  assert.deepEqual([result.kind, sizes.length], ['failed', 1]);
});

test('the tokens of every request of a step count', async () => {
  const { session, model } = createLongTurn(() => answerWith('We echoed a lot.'));
  const usage = { inputTokens: 10, outputTokens: 1, cachedTokens: 0, cacheWriteTokens: 0 };
  const counted = Object.assign(model, {
    answer: async (...args: Parameters<FakeModel['answer']>): Promise<AnswerResult> => {
      const result = await FakeModel.prototype.answer.apply(model, args);
      return result.kind === 'answered' ? { ...result, answer: { ...result.answer, usage } } : result;
    },
  });
  const result = await session.run(counted);
  assert.equal(result.usage.inputTokens, 10 * model.contextsAsked.length);
  assert.ok(model.contextsAsked.length > result.usage.steps, 'a summary is no step');
});
