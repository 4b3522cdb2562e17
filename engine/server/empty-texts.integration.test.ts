// A field that clients of the reference leave empty or null counts as absent, and a missing type as a message.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TestClient } from '../testing/client.ts';
import { backEndHeadersOf, signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';

let engine: TestEngine;
let token: string;
before(async () => {
  engine = await startTestEngine();
  token = await signTestToken('ada', { projectId: 'of-the-token' });
});
after(() => engine?.close());

const names = [
  ...['id', 'repoUrl', 'branch', 'gitToken', 'gitUserName', 'gitUserEmail', 'projectId'],
  ...['modelProvider', 'model_provider', 'apiKey', 'api_key'],
];
const allAs = (value: '' | null) => Object.fromEntries(names.map((name) => [name, value]));

for (const value of ['', null] as const) {
  const said = JSON.stringify(value);

  test(`POST with every optional text ${said} makes the same session as one without them`, async () => {
    const body = JSON.stringify({ task: 'x', autoStart: null, ...allAs(value) });
    const answer = await fetch(`${engine.http}/api/v1/sessions`, {
      method: 'POST',
      headers: backEndHeadersOf('ada'),
      body,
    });
    assert.equal(answer.status, 200, await answer.text());
  });

  test(`a first message with every optional text ${said} begins a session in the token's project`, async () => {
    const more = { ...allAs(value), token: value, session_id: value, epoch: null, last_sequence: null };
    const client = await TestClient.start(engine.ws, token, 'x', more);
    await client.waitForStatus('completed');
    const answer = await fetch(`${engine.http}/api/v1/chats`, { headers: backEndHeadersOf('ada') });
    const { chats } = (await answer.json()) as { chats: { agentSessionId: string; projectId: string | null }[] };
    const chat = chats.find(({ agentSessionId }) => agentSessionId === client.sessionId);
    assert.equal(chat?.projectId, 'of-the-token');
    await client.close();
  });

  test(`a follow-up without a type, or with ${said} or action as one, is a message`, async () => {
    const client = await TestClient.start(engine.ws, token, 'x');
    await client.waitForStatus('completed');
    client.sendRaw(value === null ? { content: 'add tests' } : { type: value, content: 'add tests', id: value });
    const heard = await client.waitFor('message', (frame) => frame.eventType === 'UserMessage');
    assert.equal(heard.content, 'add tests');
    client.sendRaw({ type: 'action', content: 'as the page of the reference says it' });
    await client.waitFor('action', ({ content }) => content === 'as the page of the reference says it');
    await client.close();
  });
}
