// An answer that comes to nothing: what was seen of it is kept, and what it cost is counted.
import assert from 'node:assert/strict';
import { waitUntil } from '../testing/event-loop.ts';
import { expectAnswer, testProviders } from '../testing/provider/conformance.ts';
import { answer, cutStream, silence } from '../testing/provider/steps.ts';

testProviders(
  'an answer that is cut short is kept as far as it was seen, and its tokens are counted',
  async ({ play, ask, fakeProvider }) => {
    play(silence('I begin to see the light, and then '));
    const abort = new AbortController();
    const asking = ask({}, abort.signal, () => abort.abort());
    const { result, spent, deltas } = await asking;
    assert.deepEqual(deltas, [{ kind: 'text', text: 'I begin to see the light, and then ' }]);
    assert.deepEqual(result, {
      kind: 'cancelled',
      partial: { thoughts: [], text: 'I begin to see the light, and then ' },
    });
    assert.equal(spent.length, 1);
    assert.equal(spent[0]?.outputTokens, 10, 'what the provider has not counted yet is estimated');
    assert.equal(fakeProvider.answerRequests.length, 1);
  },
);

testProviders(
  'a request that is cut short before anything came leaves no answer',
  async ({ play, ask, fakeProvider }) => {
    play(silence(''));
    const abort = new AbortController();
    const asking = ask({}, abort.signal);
    await waitUntil('it is asked', () => fakeProvider.answerRequests.length === 1);
    abort.abort();
    const { result } = await asking;
    assert.ok(result.kind === 'cancelled');
    assert.ok(!result.partial?.text);
  },
);

testProviders('tokens of an answer that broke off count, beside those of the next try', async ({ play, ask }) => {
  play(cutStream('This will break off here'), answer({ text: 'Whole.', usage: { input: 20, output: 3 } }));
  const report = await ask();
  assert.equal(expectAnswer(report).usage.inputTokens, 20);
  assert.equal(report.spent.length, 1);
  assert.equal(report.spent[0]?.outputTokens, 7);
});
