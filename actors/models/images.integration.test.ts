// Pictures in a request to each provider: they are sent, and a provider that refuses one gets a sentence from then on.
import assert from 'node:assert/strict';
import { makePng } from '../testing/pictures.ts';
import { testKey, testProviders } from '../testing/provider/conformance.ts';
import { answer, failure } from '../testing/provider/steps.ts';
import type { ContextEntry } from './model.ts';
import { openModel } from './open-model.ts';

const bytes = makePng(8, 8);
const dataBase64 = bytes.toString('base64');
const image = { digest: 'd', mediaType: 'image/png', width: 8, height: 8, size: bytes.length, dataBase64 } as const;
const context: ContextEntry[] = [{ kind: 'user', text: 'What is it?', images: [image] }];

testProviders('a picture is sent, and where it is refused the conversation goes on without it', async (asking) => {
  const { provider, fakeProvider, play } = asking;
  const settings = { modelNames: {}, baseUrl: fakeProvider.url, bounds: { retryWaitMsMax: 2 } };
  const model = openModel({ provider, apiKey: testKey, settings });
  const ask = async () => {
    const options = { signal: new AbortController().signal, onDelta: () => undefined };
    const result = await model.answer({ system: 'S', tools: [], context }, options);
    assert.ok(result.kind === 'answered', JSON.stringify(result));
  };
  const lastBody = () => JSON.stringify(fakeProvider.answerRequests.at(-1)?.body);
  play(answer({ text: 'Red.' }));
  await ask();
  assert.ok(lastBody().includes(dataBase64));
  play(failure(400, { message: 'Could not process image' }), answer({ text: 'I cannot see it.' }));
  await ask();
  assert.ok(!lastBody().includes(dataBase64));
  assert.match(lastBody(), /There is an image here, which this model cannot see/);
  play(answer({ text: 'Still not.' }));
  await ask();
  assert.ok(!lastBody().includes(dataBase64), 'it is not tried again');
});
