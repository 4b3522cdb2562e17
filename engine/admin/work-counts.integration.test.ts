// The metrics count what agents do: turns by their end, tokens and dollars by model, and requests that are tried again.
import assert from 'node:assert/strict';
import { answer, failure } from '../../actors/testing/provider/steps.ts';
import type { Usage } from '../../schema/event.ts';
import type { MetricSample } from '../../schema/protocol/routes/admin.ts';
import { shareTestAgents, testIn } from '../testing/agents.ts';

const adminKey = 'an admin key for tests';
const agents = shareTestAgents('local', {
  environment: { ADMIN_KEY: adminKey, HOST_THREADS: '1' },
  options: { modelBounds: { retryWaitMsMax: 2 } },
});

testIn.local('turns, tokens, dollars and tries again are counted by model', async () => {
  const held = await agents();
  const { fakeProvider, engine } = held;
  const read = async (name: string, labels: Record<string, string> = {}) => {
    const asked = await fetch(`${engine.http}/api/v1/admin/metrics`, { headers: { 'X-Admin-Key': adminKey } });
    const { metrics } = (await asked.json()) as { metrics: { name: string; samples: MetricSample[] }[] };
    const samples = metrics.find((metric) => metric.name === name)?.samples ?? [];
    const isAsked = (sample: MetricSample) =>
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value);
    return samples.filter(isAsked).reduce((sum, { value }) => sum + value, 0);
  };
  const used = { input: 900, output: 70, cached: 100 };
  fakeProvider.plan('anthropic', failure(500), answer({ text: 'Done.', usage: used }));
  const client = await held.startClient('Say something.', { modelProvider: 'anthropic' });
  const { usage } = await client.waitForStatus('completed');
  const { inputTokens, outputTokens, cachedTokens, costUsd } = usage as Usage;
  assert.ok(inputTokens > 0 && outputTokens === 70 && cachedTokens === 100 && costUsd);
  assert.equal(await read('lucid_turns_total', { provider: 'anthropic', reason: 'finished' }), 1);
  assert.equal(await read('lucid_model_tokens_total', { kind: 'input' }), inputTokens);
  assert.equal(await read('lucid_model_tokens_total', { kind: 'output' }), outputTokens);
  assert.equal(await read('lucid_model_tokens_total', { kind: 'cached' }), cachedTokens);
  assert.equal(await read('lucid_model_cost_dollars_total', { host: '0' }), costUsd);
  assert.equal(await read('lucid_model_retries_total', { code: 'overloaded' }), 1);
  await client.close();
});
