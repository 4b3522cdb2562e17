// A provider that fails ends a turn with a sentence about the failure, and not the session, whose next message is answered.
import assert from 'node:assert/strict';
import { providerNames } from '../../actors/models/providers/registry.ts';
import type { Play } from '../../actors/testing/provider/fake-provider.ts';
import {
  answer,
  brokenCall,
  bytes,
  comments,
  cutStream,
  endedStream,
  errorInStream,
  failure,
  nothing,
  silence,
} from '../../actors/testing/provider/steps.ts';
import { shareTestAgents, testIn } from '../testing/agents.ts';

const retryWaitMsMax = 2;
/** Shorter waits for a silent provider. */
const impatient = { firstSignTimeoutMs: 500, nextSignTimeoutMs: 500, retryWaitMsMax };
const patientAgents = shareTestAgents('local', { options: { modelBounds: { retryWaitMsMax } } });
const impatientAgents = shareTestAgents('local', { options: { modelBounds: impatient } });

const silences = { fromTheBeginning: nothing(), inTheMiddle: silence(), butForComments: comments() };
const isSilence = (play: Play) => Object.values<Play>(silences).includes(play);

/** Bytes that are no JSON in the stream of either provider: Anthropic's events have a name, Google's chunks have none. */
const nonsense = 'data: {"half":\n\nevent: message_start\ndata: {"half":\n\n';

/** Each failure of a provider, how many requests are tried, and the sentence that people get. */
const failures: [what: string, play: Play, requests: number, sentence: RegExp][] = [
  ['limits for ever', failure(429), 7, /limits how much this API key may ask for/],
  ['asks to come back tomorrow', failure(429, { retryAfter: '86400' }), 1, /limits how much/],
  ['has a fault of its own', failure(500), 7, /overloaded or has a fault of its own/],
  ['refuses the key', failure(401), 1, /refused the API key/],
  ['does not know the model', failure(404), 1, /there is no model ".+" for this API key/],
  ['does not take the request', failure(400, { message: 'So not.' }), 1, /did not accept the request\. \(So not\.\)/],
  ['is silent from the beginning', silences.fromTheBeginning, 2, /stopped answering/],
  ['falls silent', silences.inTheMiddle, 2, /stopped answering/],
  ['only keeps its connection alive', silences.butForComments, 2, /stopped answering/],
  ['breaks its stream', cutStream(), 5, /connection to the model provider failed/],
  ['ends its stream in the middle', endedStream(), 5, /connection to the model provider failed/],
  ['fails in its stream', errorInStream(500), 7, /overloaded or has a fault of its own/],
  ['talks nonsense', bytes(nonsense), 3, /makes no sense/],
  ['calls a tool with nonsense', brokenCall(), 3, /makes no sense/],
];

for (const name of providerNames)
  for (const [what, play, requests, sentence] of failures)
    testIn.local(`${name}: a provider that ${what} ends the turn, and the next message is answered`, async () => {
      const held = await (isSilence(play) ? impatientAgents() : patientAgents());
      const { fakeProvider } = held;
      fakeProvider.answerOtherwise(play);
      const client = await held.startClient('Answer the first.', { modelProvider: name });
      const { reason, message = '', sequence = 0 } = await client.waitForStatus('completed');
      assert.equal(reason, 'failed');
      assert.match(message, sentence);
      assert.equal(fakeProvider.answerRequests.length, requests);
      const errors = client.events.filter(({ event }) => event === 'error');
      assert.deepEqual(
        errors.map(({ eventType, content }) => [eventType, content]),
        [['AgentErrorEvent', message]],
      );
      fakeProvider.answerOtherwise(answer({ text: 'Both.' }));
      client.send({ type: 'message', content: 'And the second.' });
      assert.equal((await client.waitForStatus('completed', sequence)).reason, 'finished');
      assert.match(JSON.stringify(fakeProvider.answerRequests.at(-1)?.body), /Answer the first\..*And the second\./s);
      await client.close();
    });
