// What a user is charged for is what the provider counted, to the token: over tries again, calls, sub-agents, summaries and interrupts.
import assert from 'node:assert/strict';
import { costOf } from '../../actors/models/cost.ts';
import { findKnownModel } from '../../actors/models/known-models.ts';
import type { TokenCount } from '../../actors/models/model.ts';
import { anthropic } from '../../actors/models/providers/anthropic/anthropic.ts';
import { providerNames } from '../../actors/models/providers/registry.ts';
import type { ProviderRequest } from '../../actors/testing/provider/fake-provider.ts';
import { callsOf, standInOf } from '../../actors/testing/provider/stand-in.ts';
import { answer, cutStream, errorInStream, failure, type Step, silence } from '../../actors/testing/provider/steps.ts';
import type { PlayedAnswer } from '../../actors/testing/provider/wire.ts';
import type { Usage } from '../../schema/event.ts';
import { shareTestAgents, testIn } from '../testing/agents.ts';
import type { Frame } from '../testing/client.ts';

const adminKey = 'an admin key for tests';
/** The smallest windows, so that a conversation is soon summed up. */
const environment = {
  ADMIN_KEY: adminKey,
  ANTHROPIC_MODEL: 'claude-haiku-4-5',
  GOOGLE_MODEL: 'gemini-unheard-of',
  OPENAI_MODEL: 'unheard-of',
};
const agents = shareTestAgents('local', { environment, options: { modelBounds: { retryWaitMsMax: 2 } } });

const kinds = ['inputTokens', 'outputTokens', 'cachedTokens', 'cacheWriteTokens'] as const;

/** The provider's own book: what each answer took, as it said itself. */
class Book {
  readonly entries: TokenCount[] = [];
  readonly #countsCacheWrites: boolean;

  constructor(countsCacheWrites: boolean) {
    this.#countsCacheWrites = countsCacheWrites;
  }

  /** Each answer takes other numbers, so that no sum is right by accident. */
  charge(said: PlayedAnswer): Step {
    const n = this.entries.length + 1;
    const cacheWrite = this.#countsCacheWrites ? 11 * n : 0;
    const usage = { input: 1_000 + 37 * n, output: 20 + 3 * n, cached: 100 + 7 * n, cacheWrite };
    this.entries.push({
      inputTokens: usage.input,
      outputTokens: usage.output,
      cachedTokens: usage.cached,
      cacheWriteTokens: cacheWrite,
    });
    return answer({ ...said, usage });
  }

  sumOf(kind: (typeof kinds)[number]): number {
    return this.entries.reduce((sum, entry) => sum + entry[kind], 0);
  }

  get costUsd(): number {
    const prices = findKnownModel(anthropic, environment.ANTHROPIC_MODEL)?.prices;
    return this.entries.reduce((sum, entry) => sum + (prices ? costOf(entry, prices) : Number.NaN), 0);
  }
}

const isForSummary = ({ body }: ProviderRequest) => JSON.stringify(body).includes('You sum up the conversation');
const usageOf = ({ usage }: Frame) => usage as Usage;

for (const name of providerNames)
  testIn.local(`${name}: what turns have used is what the provider counted, to the token`, async () => {
    const held = await agents();
    const { fakeProvider, engine } = held;
    const { overloadedStatus, countsCacheWrites } = standInOf(name);
    const { shell, finish } = callsOf(name);
    const book = new Book(countsCacheWrites);
    const charge = (said: PlayedAnswer) => ({ of: () => book.charge(said) });
    let summaries = 0;
    fakeProvider.plan(
      name,
      failure(429, { retryAfter: '0.01' }),
      failure(overloadedStatus),
      charge({ text: 'I look.', calls: [shell('echo one'), shell('echo two')] }),
      failure(500),
      charge({ calls: [shell('echo three')] }),
      charge({ calls: [{ id: 'call_delegate', name: 'delegate', input: { task: 'Look closer.' } }] }),
      charge({ text: 'It looks fine.', calls: [shell('echo four')] }), // The sub-agent's.
      charge({ calls: [finish('All is fine.')] }),
      charge({ calls: [finish('Looked.')] }),
    );
    fakeProvider.answerOtherwise({
      of: (request) => {
        if (isForSummary(request)) summaries++;
        return book.charge({ text: isForSummary(request) ? 'A summary.' : 'I have read it.' });
      },
    });
    const client = await held.startClient('Look.', { modelProvider: name });
    const ends = [await client.waitForStatus('completed')];
    const say = async (content: string) => {
      client.send({ type: 'message', content });
      ends.push(await client.waitForStatus('completed', ends.at(-1)?.sequence));
    };
    for (let page = 0; page < 7; page++) await say(`Page ${page} ${'word '.repeat(19_000)}`);
    assert.ok(summaries > 0);
    for (const end of ends) assert.equal(end.reason, 'finished');

    for (const kind of kinds) {
      const sum = ends.reduce((total, end) => total + usageOf(end)[kind], 0);
      assert.equal(sum, book.sumOf(kind), `${kind} of the frames`);
    }
    const { events } = await held.readStored(client.sessionId);
    const rows = events.filter(({ metadata }) => metadata?.status === 'completed');
    for (const kind of kinds) {
      const sum = rows.reduce((total, { metadata }) => total + (metadata?.usage?.[kind] ?? 0), 0);
      assert.equal(sum, book.sumOf(kind), `${kind} of the rows`);
    }
    if (name === 'anthropic') {
      const costUsd = ends.reduce((total, end) => total + (usageOf(end).costUsd ?? 0), 0);
      assert.ok(Math.abs(costUsd - book.costUsd) < 1e-9, `${costUsd} ${book.costUsd}`);
      const spentUsd = events.findLast(({ metadata }) => metadata?.spentUsd !== undefined)?.metadata?.spentUsd ?? 0;
      assert.ok(Math.abs(spentUsd - book.costUsd) < 1e-9, `${spentUsd} of the budget, ${book.costUsd}`);
      const asked = await fetch(`${engine.http}/api/v1/admin/users`, { headers: { 'X-Admin-Key': adminKey } });
      const { users } = (await asked.json()) as { users: { userId: string; usage: Usage }[] };
      const used = users.find(({ userId }) => userId === 'ada')?.usage;
      for (const kind of kinds) assert.equal(used?.[kind], book.sumOf(kind), `${kind} of the user`);
    }
    await client.close();
  });

/** What was written of answers that ended early; a token is taken for three and a half characters. */
const broken = 'I begin to see the light, and then ';
const interrupted = 'I begin to see it again, to the end';
const estimatedOutput = 10;

for (const name of providerNames)
  testIn.local(`${name}: an answer that is cut short counts as far as it had come`, async () => {
    const held = await agents();
    const { fakeProvider } = held;
    fakeProvider.plan(name, cutStream(broken), errorInStream(500), answer({ text: 'Whole.' }), silence(interrupted));
    const client = await held.startClient('Go.', { modelProvider: name });
    const whole = await client.waitForStatus('completed');
    client.send({ type: 'message', content: 'On.' });
    await client.waitFor(
      'the beginning of an answer',
      // Its end may be held back, in case a secret begins there.
      ({ type, text }) => type === 'agent_delta' && `${text}`.startsWith(interrupted.slice(0, 20)),
    );
    client.send({ type: 'interrupt' });
    const cut = await client.waitForStatus('completed', whole.sequence);
    assert.equal(cut.reason, 'interrupted');
    const { inputTokens, outputTokens, steps } = usageOf(cut);
    assert.deepEqual([outputTokens, steps], [estimatedOutput, 0]);
    // OpenAI counts at the end alone, so the request is estimated.
    if (name === 'openai') assert.ok(inputTokens > 500, `${inputTokens}`);
    else assert.equal(inputTokens, 10);
    const brokenInStream = Math.ceil('And then '.length / 3.5);
    assert.equal(usageOf(whole).outputTokens, estimatedOutput + brokenInStream + 5);
    await client.close();
  });
