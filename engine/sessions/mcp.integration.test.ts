// A session with MCP servers, from its first message to its rows: in the sandbox and over HTTP, over restarts and without secrets.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { bundleServer } from '../../actors/mcp/testing/bundle-server.ts';
import { listenProbe } from '../../actors/mcp/testing/http-servers.ts';
import { dotPng } from '../../actors/mcp/testing/probe-tools.ts';
import { callsOf } from '../../actors/testing/provider/stand-in.ts';
import { answer } from '../../actors/testing/provider/steps.ts';
import type { SessionNow } from '../../schema/session-now.ts';
import { gitToken, type Place, places, shareTestAgents, type TestAgents, testIn } from '../testing/agents.ts';
import type { Frame, TestClient } from '../testing/client.ts';
import { startTestEngine } from '../testing/engine.ts';
import { callAs, waitUntil } from '../testing/rest.ts';

const web = await listenProbe(true);
const program = await bundleServer();
const folder = await mkdtemp('/tmp/lucid-mcp-file-');
await writeFile(
  `${folder}/servers.json`,
  JSON.stringify({ mcpServers: { docs: { url: web.url } }, trusted: ['docs'] }),
);
after(async () => {
  await web.close();
  await rm(folder, { recursive: true, force: true });
});

const hosts = { MCP_ALLOWED_HOSTS: web.host };
const sealing = { ENCRYPTION_KEY: 'a key for sealing that is long enough for anybody', ...hosts };
const sealed: Record<Place, () => Promise<TestAgents>> = {
  docker: shareTestAgents('docker', { environment: sealing }),
  local: shareTestAgents('local', { environment: sealing }),
};
const unsealed = shareTestAgents('local', { environment: { ...hosts, MCP_SERVERS_FILE: `${folder}/servers.json` } });

const programToken = 'token-of-the-program-0123456789';
const webToken = 'token-of-the-web-0123456789';
const nodeIn: Record<Place, string> = { docker: 'node', local: process.execPath };

const serversIn = (place: Place) => ({
  probe: { command: nodeIn[place], args: ['server.cjs'], env: { PROBE_TOKEN: programToken } },
  web: { url: web.url, headers: { Authorization: `Bearer ${webToken}` } },
});

const call = (name: string, input: object = {}) => ({ name, input });

async function runTurn(client: TestClient, content: string): Promise<Frame> {
  const sequence = Math.max(...client.frames.map((frame) => frame.sequence ?? 0));
  client.send({ type: 'message', content });
  return client.waitForStatus('completed', sequence);
}

const toldOf = ({ frames }: TestClient, eventType: string) => frames.filter((frame) => frame.eventType === eventType);

const nowOf = async ({ engine }: TestAgents, sessionId: string) =>
  (await callAs<{ now: SessionNow }>(engine, 'ada', 'GET', `/api/v1/sessions/${sessionId}`)).body.now;

let repositories = 0;

async function startWithServers(held: TestAgents, place: Place): Promise<TestClient> {
  const repository = `ada/served-${++repositories}`;
  held.git.addRepository(repository, { 'server.cjs': program });
  return held.startClient('Ask the servers.', {
    modelProvider: 'anthropic',
    repoUrl: held.git.urlOf(repository),
    gitToken,
    mcpServers: serversIn(place),
  });
}

/** What clients saw of the calls of the first turn. */
function checkCalls(client: TestClient): void {
  const actions = toldOf(client, 'McpAction');
  assert.deepEqual(
    actions.map(({ content, mcp }) => [content, mcp]),
    [
      ['probe__echo {"text":"it"}', { server: 'probe', tool: 'echo' }],
      ['probe__secret {}', { server: 'probe', tool: 'secret' }],
      ['web__secret {}', { server: 'web', tool: 'secret' }],
      ['probe__where {}', { server: 'probe', tool: 'where' }],
      ['probe__teleport {}', { server: 'probe', tool: 'teleport' }],
      ['web__picture {}', { server: 'web', tool: 'picture' }],
    ],
  );
  const observed = toldOf(client, 'McpObservation');
  const [repository] = toldOf(client, 'RepositoryCloned');
  assert.equal(repository?.path, '/workspace/repo');
  assert.deepEqual(
    observed.slice(0, 3).map(({ content }) => content),
    ['heard it', 'token=[secret]', 'token=[secret]'],
  );
  assert.match(observed[3]?.content ?? '', /\/repo$/);
  assert.equal(observed[4]?.content, '[An image: image/png, 1 × 1 pixels.]');
  assert.match(toldOf(client, 'ErrorObservation')[0]?.content ?? '', /has no tool probe__teleport; it has probe__echo/);
  assert.deepEqual(
    toldOf(client, 'AgentNotice').map(({ content }) => content?.slice(0, 46)),
    ['The MCP server probe says of itself, in its ow', 'The MCP server web says of itself, in its own '],
  );
}

for (const place of places)
  testIn[place](`${place}: an agent calls the tools of its servers, and nobody is shown their secrets`, async () => {
    const held = await sealed[place]();
    held.fakeProvider.plan(
      'anthropic',
      answer({ calls: [call('probe__echo', { text: 'it' }), call('probe__secret'), call('web__secret')] }),
      answer({ calls: [call('probe__where'), call('probe__teleport'), call('web__picture')] }),
    );
    const client = await startWithServers(held, place);
    assert.equal((await client.waitForStatus('completed')).reason, 'finished');

    checkCalls(client);
    assert.ok(JSON.stringify(held.fakeProvider.answerRequests.at(-1)?.body).includes(dotPng), 'the model sees it');

    const [request] = held.fakeProvider.answerRequests;
    const body = JSON.stringify(request?.body);
    assert.match(body, /probe__echo/);
    assert.match(body, /of the MCP servers probe and web\./);
    const rows = JSON.stringify([await held.readStored(client.sessionId), client.frames, held.log.entries]);
    for (const secret of [programToken, webToken]) assert.ok(!rows.includes(secret) && !body.includes(secret));
    const { mcpServers } = await nowOf(held, client.sessionId);
    assert.deepEqual(
      mcpServers?.map(({ name, state }) => [name, state]),
      [
        ['probe', 'ready'],
        ['web', 'ready'],
      ],
    );

    await held.stop();
    await held.start({ environment: sealing });
    const again = await held.attachClient(client.sessionId);
    held.fakeProvider.reset();
    held.fakeProvider.plan('anthropic', answer({ calls: [call('probe__secret'), call('web__secret')] }));
    assert.equal((await runTurn(again, 'Once more.')).reason, 'finished');
    assert.deepEqual(
      toldOf(again, 'McpObservation')
        .slice(-2)
        .map(({ content }) => content),
      ['token=[secret]', 'token=[secret]'],
    );
    assert.equal(toldOf(again, 'AgentNotice').length, toldOf(client, 'AgentNotice').length, 'nothing is told twice');
    again.send({ type: 'stop' });
    await again.closed;
  });

testIn.local(
  'without ENCRYPTION_KEY the servers stay away after a restart until their secrets come again',
  async () => {
    const held = await unsealed();
    const client = await startWithServers(held, 'local');
    await client.waitForStatus('completed');
    await held.stop();
    await held.start({ environment: hosts });

    const again = await held.attachClient(client.sessionId);
    held.fakeProvider.plan('anthropic', answer({ calls: [call('web__echo', { text: 'it' })] }));
    assert.equal((await runTurn(again, 'Go on.')).reason, 'finished');
    const gone = /Its secrets were in memory only and are gone; attach to the session with mcpServers again/;
    assert.match(toldOf(again, 'ErrorObservation').at(-1)?.content ?? '', gone);

    const bringing = await held.attachClient(client.sessionId, { mcpServers: serversIn('local') });
    held.fakeProvider.plan('anthropic', answer({ calls: [call('web__secret'), call('probe__secret')] }));
    assert.equal((await runTurn(bringing, 'Now?')).reason, 'finished');
    assert.deepEqual(
      toldOf(bringing, 'McpObservation').map(({ content }) => content),
      ['token=[secret]', 'token=[secret]'],
    );
    bringing.send({ type: 'stop' });
    await bringing.closed;
  },
);

testIn.docker('a program in a container ends while its session rests, and one runs with its next message', async () => {
  const held = await sealed.docker();
  await held.stop();
  await held.start({ environment: { ...sealing, HIBERNATE_AFTER: '0' } });
  const { shell } = callsOf('anthropic');
  held.fakeProvider.plan('anthropic', answer({ calls: [call('probe__echo', { text: 'one' })] }));
  const client = await startWithServers(held, 'docker');
  await client.waitForStatus('completed');
  await waitUntil(async () => (await nowOf(held, client.sessionId)).mcpServers === undefined);
  const count = shell("pgrep -fc '[s]erver.cjs'");
  held.fakeProvider.plan('anthropic', answer({ calls: [call('probe__echo', { text: 'two' }), count] }));
  await runTurn(client, 'Again.');
  assert.deepEqual(
    toldOf(client, 'McpObservation').map(({ content }) => content),
    ['heard one', 'heard two'],
  );
  assert.equal(toldOf(client, 'CmdOutputObservation').at(-1)?.content, '1\n');
  client.send({ type: 'stop' });
  await client.closed;
});

testIn.local('a session that rests gives its servers up, and has them again with its next message', async () => {
  const held = await unsealed();
  await held.stop();
  await held.start({ environment: { ...hosts, HIBERNATE_AFTER: '0', MCP_SERVERS_FILE: `${folder}/servers.json` } });
  held.fakeProvider.plan('anthropic', answer({ calls: [call('docs__echo', { text: 'one' })] }));
  const client = await held.startClient('Ask the docs.', { modelProvider: 'anthropic' });
  await client.waitForStatus('completed');
  await waitUntil(async () => (await nowOf(held, client.sessionId)).mcpServers === undefined);
  held.fakeProvider.plan('anthropic', answer({ calls: [call('docs__echo', { text: 'two' })] }));
  await runTurn(client, 'Again.');
  assert.deepEqual(
    toldOf(client, 'McpObservation').map(({ content }) => content),
    ['heard one', 'heard two'],
  );
});

testIn.local('what a server prints of its secrets before it ends is masked in how the session stands', async () => {
  const held = await sealed.local();
  held.fakeProvider.plan('anthropic', answer({ text: 'Done.' }));
  const shouting = {
    command: 'sh',
    args: ['-c', 'echo "with $PROBE_TOKEN" >&2; exit 3'],
    env: { PROBE_TOKEN: programToken },
  };
  const client = await held.startClient('Look.', { modelProvider: 'anthropic', mcpServers: { probe: shouting } });
  await client.waitForStatus('completed');
  const state = await client.waitFor(
    'the state with its reason',
    ({ type, now }) => type === 'session_state' && JSON.stringify(now).includes('exit code 3'),
  );
  const { mcpServers } = await nowOf(held, client.sessionId);
  for (const text of [JSON.stringify(state), JSON.stringify(mcpServers)]) {
    assert.match(text, /It had printed: with \[secret\]/);
    assert.ok(!text.includes(programToken));
  }
});

test('servers that can’t be used are refused with what is wrong with them', async () => {
  const engine = await startTestEngine({ environment: { MCP_SERVERS_FILE: `${folder}/servers.json` } });
  const wrong: [object, RegExp][] = [
    [{ files: { url: 'http://127.0.0.1:1/mcp' } }, /has to be asked over https/],
    [{ files: { url: 'https://10.0.0.1/mcp' } }, /has a host that is not one of the public internet/],
    [{ files: { url: 'https://metadata.internal/' } }, /has a host that is not one of the public internet/],
    [{ files: { url: 'https://user:word@mcp.example.com/' } }, /has credentials in its URL/],
    [{ docs: { url: 'https://mcp.example.com/' } }, /has the name of one that every session here has/],
    [{ two__parts: { command: 'x' } }, /must be 1 to 32 letters/],
    [{ '9lives': { command: 'x' } }, /must be 1 to 32 letters/],
    [{ ['x'.repeat(33)]: { command: 'x' } }, /must be 1 to 32 letters/],
    [{ files: { command: '' } }, /mcpServers/],
    [{ files: { command: 'x', url: 'https://mcp.example.com/' } }, /mcpServers/],
    [{ files: { command: 'x', env: { LUCID_COMMAND: '1' } } }, /mcpServers/],
    [{ files: { url: 'https://mcp.example.com/', headers: { Host: 'x' } } }, /mcpServers/],
    [{ files: { url: 'https://mcp.example.com/', headers: { 'X-Key': 'a\r\nb: c' } } }, /mcpServers/],
    [Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`s${n}`, { command: 'x' }])), /at most 8 servers/],
  ];
  for (const [mcpServers, said] of wrong) {
    const body = { task: 'Ask', mcpServers };
    const refused = await callAs<{ detail: string }>(engine, 'ada', 'POST', '/api/v1/sessions', body);
    assert.equal(refused.status, 422, JSON.stringify(mcpServers));
    assert.match(JSON.stringify(refused.body), said, JSON.stringify(mcpServers));
  }
  const taken = await callAs(engine, 'ada', 'POST', '/api/v1/sessions', {
    task: 'Ask',
    mcpServers: {
      files: { type: 'stdio', command: 'x' },
      web: { type: 'http', url: 'https://mcp.example.com/mcp?key=secret' },
    },
  });
  assert.equal(taken.status, 200);
  await engine.close();
});
