// A test that every provider of the registry has to pass: a stand-in of its own, and a model that asks it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  Answer,
  AnswerOptions,
  AnswerResult,
  Delta,
  ModelFailure,
  ModelRequest,
  TokenCount,
} from '../../models/model.ts';
import { openModel } from '../../models/open-model.ts';
import type { ModelBounds } from '../../models/provider-model.ts';
import type { Provider } from '../../models/providers/provider.ts';
import { providers } from '../../models/providers/registry.ts';
import { FakeProvider, type Play } from './fake-provider.ts';
import { type StandIn, standInOf } from './stand-in.ts';

export const testKey = 'lucid-test-0123456789abcdef';

const request: ModelRequest = {
  system: 'You are an agent.',
  context: [{ kind: 'user', text: 'Build it' }],
  tools: [
    { name: 'shell', description: 'Runs a command.', inputSchema: { properties: { command: { type: 'string' } } } },
  ],
};

export type AskReport = {
  result: AnswerResult;
  deltas: Delta[];
  /** Of requests that came to no answer. */
  spent: TokenCount[];
  retries: Parameters<NonNullable<AnswerOptions['onRetry']>>[0][];
};

export type ProviderTest = {
  provider: Provider;
  standIn: StandIn;
  fakeProvider: FakeProvider;
  /** What the provider's next requests get. */
  play(...plays: Play[]): void;
  /** Asks once, as a step of a turn does. Waits between retries are cut to 2 ms. @param before the conversation so far */
  ask(
    bounds?: Partial<ModelBounds>,
    signal?: AbortSignal,
    onDelta?: (delta: Delta) => void,
    before?: ModelRequest['context'],
  ): Promise<AskReport>;
};

export function testProviders(name: string, run: (asking: ProviderTest) => Promise<void>): void {
  for (const { provider, label } of providers.flatMap(listInterfaces))
    test(`${label}: ${name}`, async () => {
      const fakeProvider = await FakeProvider.open();
      try {
        await run({
          provider,
          standIn: standInOf(provider.name),
          fakeProvider,
          play: (...plays) => void fakeProvider.plan(provider.name, ...plays),
          ask: (...asked) => askProvider(provider, fakeProvider.url, ...asked),
        });
      } finally {
        await fakeProvider.close();
      }
    });
}

/** The provider, and as it is by each of its other interfaces. */
function listInterfaces(provider: Provider): { provider: Provider; label: string }[] {
  const others = standInOf(provider.name).others ?? [];
  return [
    { provider, label: provider.name },
    ...others.map(({ name, load }) => ({ provider: { ...provider, load }, label: `${provider.name} ${name}` })),
  ];
}

export async function askProvider(
  provider: Provider,
  url: string,
  bounds: Partial<ModelBounds> = {},
  signal: AbortSignal = new AbortController().signal,
  onDelta: (delta: Delta) => void = () => undefined,
  before: ModelRequest['context'] = [],
): Promise<AskReport> {
  const asked = { ...request, context: [...request.context, ...before] };
  const settings = { modelNames: {}, baseUrl: url, bounds: { retryWaitMsMax: 2, ...bounds } };
  const report: Omit<AskReport, 'result'> = { deltas: [], spent: [], retries: [] };
  const result = await openModel({ provider, apiKey: testKey, settings }).answer(asked, {
    signal,
    onDelta: (delta) => {
      report.deltas.push(delta);
      onDelta(delta);
    },
    onSpent: (tokens) => void report.spent.push(tokens),
    onRetry: (retry) => void report.retries.push(retry),
  });
  return { result, ...report };
}

export function expectAnswer({ result }: AskReport): Answer {
  assert.ok(result.kind === 'answered', JSON.stringify(result));
  return result.answer;
}

export function expectFailure({ result }: AskReport): ModelFailure {
  assert.ok(result.kind === 'failed', JSON.stringify(result));
  return result;
}
