// A provider that falls silent, or a user who interrupts, ends the request and its socket.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { expectAnswer, expectFailure, testProviders } from '../testing/provider/conformance.ts';
import type { FakeProvider } from '../testing/provider/fake-provider.ts';
import * as steps from '../testing/provider/steps.ts';

const impatient = { firstSignTimeoutMs: 600, nextSignTimeoutMs: 200 };

for (const [what, step] of [
  ['not even a status', steps.nothing()],
  ['nothing after the beginning', steps.silence()],
  ['only comments and pings after the beginning', steps.comments()],
] as const)
  testProviders(`${what}: the request ends, its socket too, and it is made once more`, async (asking) => {
    asking.play(step, step);
    const report = await asking.ask(impatient);
    assert.equal(expectFailure(report).code, 'silent');
    assert.equal(asking.fakeProvider.requests.length, 2);
    for (const { brokenOff } of asking.fakeProvider.requests) assert.equal(await brokenOff, true);
  });

testProviders('an answer that is complete is not lost because its stream does not end', async (asking) => {
  asking.play(steps.answerWithoutEnd({ text: 'All of it.' }));
  const report = await asking.ask(asking.standIn.endlessBounds);
  assert.equal(expectAnswer(report).text, 'All of it.');
  assert.deepEqual(report.retries, []);
});

const waitForRequest = async ({ requests }: FakeProvider) => {
  while (requests.length === 0) await delay(2);
};

testProviders('an interrupt in the middle of an answer ends it at once and closes the socket', async (asking) => {
  asking.play(steps.silence('Beginning'));
  const abort = new AbortController();
  const report = asking.ask({}, abort.signal);
  await waitForRequest(asking.fakeProvider);
  abort.abort();
  assert.equal((await report).result.kind, 'cancelled');
  assert.equal(await asking.fakeProvider.requests[0]?.brokenOff, true);
});

testProviders('an interrupt while the provider is waited for ends the wait at once', async (asking) => {
  asking.play(steps.failure(429, { retryAfter: '60' }));
  const abort = new AbortController();
  const report = asking.ask({}, abort.signal);
  await waitForRequest(asking.fakeProvider);
  await delay(20);
  abort.abort();
  assert.deepEqual((await report).result, { kind: 'cancelled' });
  assert.equal(asking.fakeProvider.requests.length, 1);
});
