// A conversation that is too long for its model is summed up, and goes on from the summary, after a restart too.
import assert from 'node:assert/strict';
import { unknownContextTokensMax } from '../../actors/models/known-models.ts';
import { providerNames } from '../../actors/models/providers/registry.ts';
import type { ProviderRequest } from '../../actors/testing/provider/fake-provider.ts';
import { answer } from '../../actors/testing/provider/steps.ts';
import { shareTestAgents, testIn } from '../testing/agents.ts';

// Unknown models count as those with the smallest window.
const environment = {
  ANTHROPIC_MODEL: 'claude-unheard-of',
  GOOGLE_MODEL: 'gemini-unheard-of',
  OPENAI_MODEL: 'unheard-of',
};
const agents = shareTestAgents('local', { environment });

/** A message of some 27,000 tokens, which is never shortened since it is the user's. */
const page = (title: string) => `${title} ${'word '.repeat(19_000)}`;
const pages = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth'];

const summary = '# Task\nBuild the tower.\n\n# Left\nThe roof.';
const isForSummary = ({ body }: ProviderRequest) => JSON.stringify(body).includes('You sum up the conversation');

for (const name of providerNames)
  testIn.local(`${name}: a long conversation is summed up, and its task is known after a restart`, async () => {
    const held = await agents();
    const { fakeProvider } = held;
    fakeProvider.answerOtherwise({
      of: (request) => answer({ text: isForSummary(request) ? summary : 'I have read it.' }),
    });
    const client = await held.startClient('Build the tower.', { modelProvider: name });
    let last = await client.waitForStatus('completed');
    for (const title of pages) {
      client.send({ type: 'message', content: page(title) });
      last = await client.waitForStatus('completed', last.sequence);
      assert.equal(last.reason, 'finished');
    }
    const summaries = fakeProvider.answerRequests.filter(isForSummary);
    assert.equal(summaries.length, 1);
    assert.match(JSON.stringify(summaries[0]?.body), /Build the tower\..*first word.*fifth word/s);
    const condensed = client.events.filter(({ eventType }) => eventType === 'CondensationAction');
    assert.deepEqual(
      condensed.map(({ content }) => content),
      [summary],
    );

    await held.stop();
    await held.start({ environment });
    const again = await held.attachClient(client.sessionId);
    again.send({ type: 'message', content: 'What was it that you build?' });
    await again.waitForStatus('completed', last.sequence);
    const heard = JSON.stringify(fakeProvider.answerRequests.at(-1)?.body);
    assert.match(heard, /Build the tower\..*The roof\..*What was it that you build\?/s);
    for (const title of pages.slice(0, 4)) assert.doesNotMatch(heard, new RegExp(`${title} word`));
    const longest = Math.max(...fakeProvider.answerRequests.map(({ body }) => Buffer.byteLength(JSON.stringify(body))));
    assert.ok(longest / 3.5 < unknownContextTokensMax, `${longest} bytes`);
  });
