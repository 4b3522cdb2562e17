// What a session gets when a provider fails: another try where that can help, otherwise the reason. The same for both providers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askProvider, expectAnswer, expectFailure, testKey, testProviders } from '../testing/provider/conformance.ts';
import { FakeProvider } from '../testing/provider/fake-provider.ts';
import type { Step } from '../testing/provider/steps.ts';
import * as steps from '../testing/provider/steps.ts';
import { openModel } from './open-model.ts';
import { providers } from './providers/registry.ts';

for (const status of [401, 403])
  testProviders(
    `${status}: the key is refused, nobody asks again, and the provider's words stay out`,
    async (asking) => {
      asking.play(steps.failure(status, { message: 'org-secret has no access' }));
      const message = 'The model provider refused the API key.';
      assert.deepEqual(expectFailure(await asking.ask()), { kind: 'failed', code: 'auth', message });
      assert.equal(asking.fakeProvider.requests.length, 1);
    },
  );

testProviders('a model that does not exist is named', async (asking) => {
  asking.play(steps.failure(404));
  const { code, message } = expectFailure(await asking.ask());
  assert.equal(code, 'badRequest');
  assert.ok(message.includes(`"${asking.provider.defaultModel}"`), message);
  assert.equal(asking.fakeProvider.requests.length, 1);
});

testProviders('429 with a time: the provider is asked again when it said, and people hear it', async (asking) => {
  asking.play(steps.failure(429, { retryAfter: '0.08' }), steps.answer({ text: 'Now.' }));
  const startedAtMs = performance.now();
  const report = await asking.ask();
  assert.equal(expectAnswer(report).text, 'Now.');
  assert.ok(performance.now() - startedAtMs >= 79);
  const [retry] = report.retries;
  assert.ok(retry?.code === 'rateLimited' && retry.attempt === 1 && retry.waitMs >= 80 && retry.waitMs < 82);
});

testProviders('429 with a time that is too long is told at once', async (asking) => {
  asking.play(steps.failure(429, { retryAfter: '3600' }));
  assert.equal(expectFailure(await asking.ask()).code, 'rateLimited');
  assert.equal(asking.fakeProvider.requests.length, 1);
});

testProviders('429 without a time: asked again and again, until the retries are used up', async (asking) => {
  asking.play(...Array.from({ length: 8 }, () => steps.failure(429)));
  const report = await asking.ask();
  assert.equal(expectFailure(report).code, 'rateLimited');
  assert.deepEqual(
    report.retries.map(({ attempt }) => attempt),
    [1, 2, 3, 4, 5, 6],
  );
  assert.equal(asking.fakeProvider.requests.length, 7);
});

testProviders('an overloaded or failing provider is asked again', async (asking) => {
  const overloaded = asking.standIn.overloadedStatus;
  asking.play(steps.failure(500), steps.failure(overloaded), steps.answer({ text: 'Better.' }));
  const report = await asking.ask();
  assert.equal(expectAnswer(report).text, 'Better.');
  assert.deepEqual(
    report.retries.map(({ code }) => code),
    ['overloaded', 'overloaded'],
  );
});

testProviders('an error in the middle of an answer is tried again as its status says', async (asking) => {
  const overloaded = asking.standIn.overloadedStatus;
  asking.play(steps.errorInStream(overloaded), steps.answer({ text: 'Whole.' }));
  const report = await asking.ask();
  assert.equal(expectAnswer(report).text, 'Whole.');
  assert.deepEqual(
    report.retries.map(({ code }) => code),
    ['overloaded'],
  );
});

for (const [what, step] of [
  ['breaks', steps.cutStream('Half of ')],
  ['ends', steps.endedStream('Half of ')],
] as const)
  testProviders(`a connection that ${what} in the middle is asked for the whole answer again`, async (asking) => {
    asking.play(step, steps.answer({ text: 'All of it.' }));
    const report = await asking.ask();
    assert.equal(expectAnswer(report).text, 'All of it.');
    assert.deepEqual(
      report.retries.map(({ code }) => code),
      ['network'],
    );
    assert.equal(report.deltas.map(({ text }) => text).join(''), 'Half of All of it.');
  });

testProviders('no connection at all is asked for again, and then told', async ({ provider }) => {
  const gone = await FakeProvider.open();
  const { url } = gone;
  await gone.close();
  const report = await askProvider(provider, url);
  assert.equal(expectFailure(report).code, 'network');
  assert.equal(report.retries.length, 4);
});

testProviders('a call with broken JSON is asked for again, twice, and never made', async (asking) => {
  asking.play(steps.brokenCall(), steps.brokenCall(), steps.brokenCall());
  assert.equal(expectFailure(await asking.ask()).code, 'malformed');
  assert.equal(asking.fakeProvider.requests.length, 3);
});

for (const [what, data] of [
  ['no JSON', '{"candidates": ['],
  ['JSON of another shape', '{"type": "content_block_start", "candidates": 7}'],
] as const)
  testProviders(`a stream with ${what} makes no sense`, async (asking) => {
    asking.play(...Array.from({ length: 3 }, () => steps.bytes(`${asking.standIn.eventHead}data: ${data}\n\n`)));
    assert.equal(expectFailure(await asking.ask()).code, 'malformed');
  });

testProviders('a conversation that is too long is told apart from other bad requests', async (asking) => {
  asking.play(steps.failure(400, { message: asking.standIn.tooLongMessage }));
  assert.equal(expectFailure(await asking.ask()).code, 'contextTooLong');
  asking.play(steps.failure(400, { message: 'tools.0: no such field' }));
  const { code, message } = expectFailure(await asking.ask());
  assert.equal(code, 'badRequest');
  assert.match(message, /tools\.0: no such field/);
});

testProviders('a key is in no message, wherever the provider repeats it', async (asking) => {
  asking.play(steps.failure(400, { message: `bad request by ${testKey} with AIzaSyA1234567890` }));
  assert.match(expectFailure(await asking.ask()).message, /bad request by \[key\] with \[key\]/);
  asking.play(steps.failure(400, { message: 'x'.repeat(5_000) }));
  assert.ok(expectFailure(await asking.ask()).message.length < 400);
});

test('a key that no header can carry is refused before anything is sent', async () => {
  const settings = { modelNames: {}, baseUrl: 'http://127.0.0.1:9' };
  const model = openModel({ provider: providers[0], apiKey: 'sk-“quoted”\n', settings });
  const result = await model.answer(
    { system: '', context: [], tools: [] },
    { signal: new AbortController().signal, onDelta: () => undefined },
  );
  assert.ok(result.kind === 'failed' && result.code === 'auth');
});

testProviders('a line without an end is broken off while it is read', async (asking) => {
  const lines = endless('data: {"', 64 * 1024 * 1024);
  asking.play(...Array.from({ length: 12 }, () => lines.play));
  const { code, message } = expectFailure(await asking.ask());
  assert.deepEqual([code, message.includes('connection')], ['network', true], message);
  assert.ok(lines.sentMost() < 32 * 1024 * 1024, `${lines.sentMost()} bytes were taken`);
});

testProviders('of a refusal without an end the beginning is read', async (asking) => {
  const refusal = endless('{"error": {"message": "', 64 * 1024 * 1024, 400);
  asking.play(refusal.play);
  assert.equal(expectFailure(await asking.ask()).code, 'badRequest');
  assert.ok(refusal.sentMost() < 32 * 1024 * 1024, `${refusal.sentMost()} bytes were taken`);
});

/** So many bytes after this beginning, as fast as they are read; and how many of them were in the end. */
function endless(beginning: string, bytesMax: number, status = 200): { play: Step; sentMost(): number } {
  let most = 0;
  const play: Step = async ({ response, isClosed }) => {
    const type = status === 200 ? 'text/event-stream' : 'application/json';
    response.writeHead(status, { 'content-type': type });
    response.write(beginning);
    const piece = 'x'.repeat(256 * 1024);
    for (let sent = 0; sent < bytesMax && !isClosed(); sent += piece.length) {
      await new Promise<void>((resolve) => response.write(piece, () => resolve()));
      most = Math.max(most, sent);
    }
    response.end();
  };
  return { play, sentMost: () => most };
}
