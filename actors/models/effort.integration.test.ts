// Whatever effort is asked for, every provider gets what its model takes, and a model that takes none answers all the same.
import assert from 'node:assert/strict';
import { efforts } from '../../schema/choice.ts';
import { testProviders } from '../testing/provider/conformance.ts';
import * as steps from '../testing/provider/steps.ts';
import { openModel } from './open-model.ts';

const request = { system: '', context: [{ kind: 'user', text: 'Build it' } as const], tools: [] };

/** What stands where a provider is told how much its model thinks. */
const effortOf = (body: unknown): string | undefined =>
  /"(?:effort|budget_tokens|thinkingLevel|thinkingBudget|reasoning_effort)":"?(\w+)/.exec(JSON.stringify(body))?.[1];

/** A model of each provider that takes efforts. */
const models: Record<string, string> = {
  anthropic: 'claude-sonnet-5-5',
  google: 'gemini-3.8-flash',
  openai: 'qwen3-coder',
};

testProviders(
  'each effort reaches the model, and a refused one is left out from then on',
  async ({ provider, fakeProvider, play }) => {
    const answer = (effort: (typeof efforts)[number]) => {
      const settings = { modelNames: {}, baseUrl: fakeProvider.url };
      const model = openModel({ provider, apiKey: 'sk-x', settings, model: models[provider.name], effort });
      return () => model.answer(request, { signal: new AbortController().signal, onDelta: () => undefined });
    };
    for (const effort of efforts) await answer(effort)();
    const told = fakeProvider.answerRequests.splice(0).map(({ body }) => effortOf(body)?.toLowerCase());
    assert.deepEqual(told.slice(0, 3), ['low', 'medium', 'high']);
    assert.match(told[3] ?? '', /^(max|high)$/);

    fakeProvider.reset();
    const message = 'Unsupported value: this model takes no reasoning_effort, no effort and no thinking of that level.';
    play(steps.failure(400, { message }), steps.answer({ text: 'Done.' }));
    const ask = answer('max');
    for (let times = 0; times < 2; times++) assert.equal((await ask()).kind, 'answered');
    const [first, ...others] = fakeProvider.answerRequests.map(({ body }) => effortOf(body));
    assert.ok(first);
    assert.deepEqual(others, [undefined, undefined]);
  },
);
