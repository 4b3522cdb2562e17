// A session that can't begin is refused with the reason, over REST and WebSocket alike, and leaves nothing.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { findProvider, providerNames } from '../../actors/models/providers/registry.ts';
import { requestKeyOf } from '../../actors/testing/provider/fake-provider.ts';
import { answer, failure } from '../../actors/testing/provider/steps.ts';
import { gitToken, shareTestAgents, type TestAgents, testIn } from '../testing/agents.ts';
import { TestClient } from '../testing/client.ts';
import { signTestToken } from '../testing/engine.ts';
import { callAs, waitUntilHolds } from '../testing/rest.ts';

const agents = shareTestAgents('docker');

type Problem = { status: number; code: string; detail: string };

const post = ({ engine }: TestAgents, body: object) =>
  callAs<Problem>(engine, 'ada', 'POST', '/api/v1/sessions', { task: 'Do it.', autoStart: true, ...body });

/** Asks for a session over WebSocket that is refused. @returns the error and how the socket closed */
async function requestRefused({ engine }: TestAgents, more: object) {
  const client = await TestClient.open(`${engine.ws}?token=${await signTestToken('ada')}`);
  client.send({ task: 'Do it.', ...more });
  const { code, message, retryable } = await client.waitForType('error');
  return { code, message, retryable, closed: await client.closed, frames: client.frames.length };
}

async function assertNothingBegan({ engine, docker, fakeProvider, git }: TestAgents): Promise<void> {
  const { body } = await callAs<{ sessions: unknown[] }>(engine, 'ada', 'GET', '/api/v1/sessions');
  assert.deepEqual(body.sessions, []);
  assert.deepEqual(await docker?.listLeft(), []);
  assert.deepEqual([fakeProvider.answerRequests.length, git.requests.length], [0, 0]);
}

for (const name of providerNames)
  testIn.docker(`${name}: a wrong key is refused before anything is begun, and a good one is used`, async () => {
    const held = await agents();
    const { fakeProvider } = held;
    const key = { apiKey: `sk-of-the-caller-${name}`, modelProvider: name };
    fakeProvider.answerKeyChecks(failure(401));
    const { status, body } = await post(held, key);
    const sentence = `${findProvider(name)?.label} does not accept this API key.`;
    assert.deepEqual([status, body.code, body.detail], [401, 'wrongKey', sentence]);
    const heard = await requestRefused(held, key);
    assert.deepEqual(heard, { code: 'wrongKey', message: sentence, retryable: false, closed: 4001, frames: 1 });
    await assertNothingBegan(held);

    const good = { apiKey: `sk-of-another-caller-${name}`, modelProvider: name };
    fakeProvider.answerKeyChecks(answer()).answerOtherwise(answer({ text: 'Yours.' }));
    const client = await held.startClient('Do it.', good);
    await client.waitForStatus('completed');
    assert.deepEqual(fakeProvider.answerRequests.map(requestKeyOf), [good.apiKey]);
    client.send({ type: 'stop' });
    await client.closed;
  });

testIn.docker('a key that no header can carry is refused without asking the provider', async () => {
  const held = await agents();
  for (const apiKey of ['sk-with a space', 'sk-\u201cquoted\u201d', 'sk-line\r\nX-Other: header']) {
    const { status, body } = await post(held, { apiKey });
    assert.deepEqual([status, body.code], [400, 'badKey']);
    assert.deepEqual((await requestRefused(held, { apiKey })).code, 'badKey');
  }
  assert.deepEqual(held.fakeProvider.requests, []);
  await assertNothingBegan(held);
});

testIn.docker('a URL that is not one of a public https repository is refused before anything runs', async () => {
  const held = await agents();
  const urls = [
    'file:///etc',
    'ssh://git@github.com/user/repo',
    'git@github.com:user/repo.git',
    'ext::sh -c touch% /tmp/lucid-pwned',
    '--upload-pack=touch /tmp/lucid-pwned',
    'https://127.0.0.1/user/repo',
    'https://10.0.0.1/user/repo',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/user/repo',
    'https://2130706433/user/repo',
    'https://localhost/user/repo',
    'http://github.com/user/repo',
    `https://${gitToken}@github.com:x/user/repo`,
  ];
  for (const repoUrl of urls) {
    const { status, body } = await post(held, { repoUrl });
    assert.deepEqual([status, body.code], [400, 'badRepoUrl'], repoUrl);
    assert.doesNotMatch(JSON.stringify(body), new RegExp(gitToken));
    assert.equal((await requestRefused(held, { repoUrl })).code, 'badRepoUrl');
  }
  for (const branch of ['--upload-pack=x', '-b', 'a..b', 'x y', 'a\nb', '@{-1}', 'x;touch /tmp/lucid-pwned']) {
    const { status, body } = await post(held, { repoUrl: 'https://github.com/user/repo', branch });
    assert.deepEqual([status, body.code], [400, 'badBranch'], branch);
  }
  assert.equal(existsSync('/tmp/lucid-pwned'), false);
  await assertNothingBegan(held);
});

testIn.docker('a repository that can not be cloned ends its session, which says why and leaves nothing', async () => {
  const held = await agents();
  const { git, docker, fakeProvider } = held;
  git.addRepository('ada/app');
  const withToken = `http://oauth2:${gitToken}@${git.host}`;
  const cases = [
    [{ repoUrl: `${withToken}/ada/missing` }, 'repositoryNotFound', /has no repository 127\.0\.0\.1:\d+\/ada\/missing/],
    [
      { repoUrl: git.urlOf('ada/app'), gitToken: 'ghp_wrong' },
      'repositoryDenied',
      /does not accept the session's git token/,
    ],
    [{ repoUrl: git.urlOf('ada/app') }, 'repositoryDenied', /wants a git token .*, and the session has none/],
    [{ repoUrl: `${withToken}/ada/app`, branch: 'nope' }, 'noSuchBranch', /\/ada\/app has no branch "nope"\./],
    [{ repoUrl: `${withToken}/ada/app`, branch: '$(id)' }, 'noSuchBranch', /\/ada\/app has no branch "\$\(id\)"\./],
  ] as const;
  for (const [fields, code, sentence] of cases) {
    const client = await held.startClient('Do it.', fields);
    const error = await client.waitForType('error');
    assert.deepEqual([error.code, error.retryable], [code, false]);
    assert.match(error.message ?? '', sentence);
    assert.equal(await client.closed, 1000);
    await waitUntilHolds(async () => assert.deepEqual(await docker?.listLeft(), []));
    const { state, events } = await held.readStored(client.sessionId);
    assert.deepEqual([state, events.at(-1)?.eventType], ['failed', 'SessionError']);
    assert.doesNotMatch(JSON.stringify([client.frames, events]), new RegExp(`${gitToken}|oauth2`));
    const { status } = await callAs(held.engine, 'ada', 'DELETE', `/api/v1/sessions/${client.sessionId}`);
    assert.equal(status, 404);
  }
  assert.deepEqual(fakeProvider.answerRequests, []);
});

testIn.docker('a repository that does not fit its workspace ends its session alone', async () => {
  const held = await agents();
  const { git, docker, fakeProvider } = held;
  git.addRepository('ada/small');
  git.importRepository('ada/huge', pathsOf(100_000), 'text\n');
  const small = await held.startClient('Stay.', { repoUrl: git.urlOf('ada/small'), gitToken });
  const huge = await held.startClient('Clone it.', { repoUrl: git.urlOf('ada/huge'), gitToken });
  const { code, message } = await huge.waitForType('error');
  assert.equal(code, 'repositoryTooLarge');
  assert.match(message ?? '', /ada\/huge does not fit into the sandbox's workspace/);
  await huge.closed;
  await waitUntilHolds(async () => assert.deepEqual(await docker?.listLeft(), [small.sessionId, small.sessionId]));
  fakeProvider.answerOtherwise(answer({ text: 'Still here.' }));
  const { sequence } = await small.waitForStatus('completed');
  small.send({ type: 'message', content: 'Are you there?' });
  assert.equal((await small.waitForStatus('completed', sequence)).reason, 'finished');
});

/** Paths of files in a thousand folders, three levels deep. */
const pathsOf = (count: number): string[] =>
  Array.from(
    { length: count },
    (_, at) =>
      `${String(at % 1_000)
        .padStart(3, '0')
        .split('')
        .join('/')}/${at}.txt`,
  );
