// A provider without a company behind it: its model shouts what the user said, by a tool, and then says what came of it.
import { ratesOf } from '../../../actors/models/known-models.ts';
import type { ContextEntry } from '../../../actors/models/model.ts';
import type { Ask } from '../../../actors/models/provider-model.ts';
import type { Provider } from '../../../actors/models/providers/provider.ts';

const usage = { inputTokens: 1_000_000, outputTokens: 0, cachedTokens: 0, cacheWriteTokens: 0 };

const makeEchoAsk =
  (): Ask =>
  async (request, { draft }) => {
    const last = request.context.at(-1);
    if (last?.kind === 'answer')
      draft.addCall({ id: 'call-2', name: 'finish', input: { message: observationOf(last) } });
    else {
      draft.addText('I shout.');
      draft.addCall({ id: 'call-1', name: 'shout', input: { text: last?.text } });
    }
    return { kind: 'answered', answer: draft.completeAnswer(usage) };
  };

const observationOf = ({ calls }: Extract<ContextEntry, { kind: 'answer' }>) => `I heard ${calls[0]?.observation.text}`;

export const echo = {
  name: 'echo',
  label: 'Echo',
  keyVariable: 'ECHO_API_KEY',
  keyPrefixes: ['echo-'],
  modelVariable: 'ECHO_MODEL',
  defaultModel: 'echo-1',
  baseUrl: 'http://echo.invalid',
  keyCheck: {
    path: '/echo/keys',
    headersOf: (apiKey) => ({ 'x-echo-key': apiKey }),
    verdictOf: (status) => (status === 401 ? 'wrong' : 'unknown'),
  },
  thinks: () => false,
  knownModels: { 'echo-1': { contextTokensMax: 100_000, prices: ratesOf(3, 0, 0) } },
  load: async () => makeEchoAsk,
} as const satisfies Provider;
