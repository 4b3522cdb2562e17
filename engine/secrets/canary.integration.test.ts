// Secrets of callers and of the engine don't leak, whatever an agent prints and a user pastes.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import type { TestContext } from 'node:test';
import type Docker from 'dockerode';
import { createPool, sql } from 'slonik';
import * as v from 'valibot';
import { FakeProvider, requestKeyOf } from '../../actors/testing/provider/fake-provider.ts';
import { callsOf } from '../../actors/testing/provider/stand-in.ts';
import { answer, failure, silence } from '../../actors/testing/provider/steps.ts';
import { docker } from '../../sandbox/testing/docker-sandboxes.ts';
import { GitServer } from '../../sandbox/testing/git-server.ts';
import { type Place, places, testIn } from '../testing/agents.ts';
import {
  findSecrets,
  makeCanary,
  makeEngineCanaries,
  readFilesIn,
  readProcesses,
  type TextsByPlace,
} from '../testing/canary.ts';
import { TestClient } from '../testing/client.ts';
import { createTestDatabase } from '../testing/database.ts';
import { DockerBase } from '../testing/docker.ts';
import { signTestToken } from '../testing/engine.ts';
import { type EngineProcess, startEngineProcess } from '../testing/process.ts';

const callers = { apiKey: makeCanary('sk-ant-'), gitToken: makeCanary('ghp_'), urlPassword: makeCanary('glpat-') };
const engines = makeEngineCanaries() as Record<
  'ANTHROPIC_API_KEY' | 'SESSION_SECRET' | 'INTERNAL_API_KEY' | 'ENCRYPTION_KEY',
  string
>;
const secrets = { ...callers, ...engines };

/** A text that is no secret and that the agent prints, to show that the search finds. */
const decoy = makeCanary('decoy-');

/** Commands that an agent could look for secrets with. */
const searches = [
  'env; declare -p; set | head -c 50000',
  "cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n'; cat /proc/*/cmdline 2>/dev/null | tr '\\0' ' '",
  'cat /proc/*/environ 2>/dev/null | base64 -w0; cat /proc/*/environ 2>/dev/null | od -An -tx1 | tr -d " \\n"',
  'cd /workspace/repo 2>/dev/null || cd repo; cat secret.txt; git config -l --show-origin; git remote -v; cat .git/config',
  'cat ~/.gitconfig ~/.cache/lucid/* ~/.git-credentials ~/.netrc ~/.config/git/* 2>/dev/null; git config --get-regexp credential',
  'printf "protocol=https\\nhost=github.com\\n\\n" | git credential fill; printf "url=%s\\n\\n" "$(git config remote.origin.url)" | git credential fill',
  'GIT_TRACE=1 GIT_TRACE_CURL=1 GIT_TRACE_REDACT=0 GIT_CURL_VERBOSE=1 git fetch 2>&1 | head -c 60000',
  'git commit -q --allow-empty -m "Push me" && GIT_TRACE_CURL=1 GIT_TRACE_REDACT=0 git push -q origin HEAD:refs/heads/pushed 2>&1 | head -c 60000',
  'find / -xdev -name "*.env*" -size -100k -exec cat {} + 2>/dev/null | head -c 50000; cat /run/secrets/* /.dockerenv 2>/dev/null; mount; hostname; id',
  'ps auxeww 2>/dev/null | head -c 90000',
  'ls -laR /tmp 2>/dev/null | head -c 20000; cat /tmp/* 2>/dev/null | head -c 50000; ls -la /var/run/docker.sock',
];

type Stand = {
  place: Place;
  fakeProvider: FakeProvider;
  git: GitServer;
  engine: EngineProcess;
  databaseUrl: string;
  folder: string;
  inDocker: DockerBase | undefined;
};

/** Starts the engine as a process of its own, with its secrets in the environment. */
async function startStand(t: TestContext, place: Place): Promise<Stand> {
  const folder = await mkdtemp('/tmp/lucid-canary-');
  const database = await createTestDatabase();
  const fakeProvider = await FakeProvider.open();
  const git = await GitServer.start({ token: callers.gitToken });
  const inDocker = place === 'docker' ? await DockerBase.create() : undefined;
  let engine: EngineProcess | undefined;
  t.after(async () => {
    await engine?.terminate();
    await Promise.all([fakeProvider.close(), git.close(), inDocker?.remove(), database.drop()]);
    await rm(folder, { recursive: true, force: true });
  });
  engine = await startEngineProcess(database.url, {
    ...engines,
    SANDBOX: place,
    WORKSPACE_BASE_PATH: folder,
    HOST_THREADS: '1',
    ...inDocker?.environment,
    LLM_BASE_URL: fakeProvider.url,
    GIT_ALLOWED_HTTP_HOSTS: git.host,
    LOG_LEVEL: 'debug',
  });
  return { place, fakeProvider, git, engine, databaseUrl: database.url, folder, inDocker };
}

async function startSession({ engine }: Stand, task: string, more: object): Promise<TestClient> {
  const token = await signTestToken('ada', {}, engines.SESSION_SECRET);
  return TestClient.start(engine.ws, encodeURIComponent(token), task, more);
}

/**
 * A session whose agent prints all it finds, and repeats, in pieces and encodings, the secrets that its user pastes.
 * @param pasted secrets that the engine knows of this session
 */
async function runNosySession(stand: Stand, pasted: string[], more: object): Promise<TestClient> {
  const { fakeProvider } = stand;
  const { shell } = callsOf('anthropic');
  fakeProvider.plan('anthropic', ...searches.map((command) => answer({ calls: [shell(command)] })));
  const client = await startSession(stand, `Look around. It is ${pasted}.`, more);
  const { sequence } = await client.waitForStatus('completed');
  fakeProvider.plan(
    'anthropic',
    answer({
      thoughts: [{ text: `They said ${pasted}.` }],
      text: pasted.flatMap((secret) => [`It is ${secret.slice(0, 9)}`, secret.slice(9, 20), `${secret.slice(20)} and`]),
      calls: [
        shell(
          pasted
            .map((secret) => `echo '${secret}'; echo '${secret}' | base64 -w0; echo 'x${secret}' | base64`)
            .join('\n'),
        ),
        shell(
          pasted.map((secret) => `printf %s '${secret.slice(0, 7)}'; sleep 0.2; echo '${secret.slice(7)}'`).join('\n'),
        ),
      ],
    }),
    failure(400, { message: `So not, ${pasted}.` }),
  );
  client.send({ type: 'message', content: `Here: ${pasted.join(' ')}` });
  await client.waitForStatus('completed', sequence);
  return client;
}

/** Sessions with secrets that fail in a refused clone and in a broken answer. */
async function runFailingSessions(stand: Stand): Promise<TestClient[]> {
  const { git, fakeProvider } = stand;
  const repoUrl = `http://oauth2:${encodeURIComponent(callers.urlPassword)}@${git.host}/ada/missing`;
  const missing = await startSession(stand, 'Clone it.', { repoUrl });
  await missing.closed;
  fakeProvider.plan('anthropic', silence('I am '));
  const cut = await startSession(stand, 'Say it.', { apiKey: callers.apiKey });
  await cut.waitForType('agent_delta');
  return [missing, cut];
}

/** The engine's answers about itself and its user's sessions. */
async function answersOf({ engine }: Stand): Promise<string> {
  const headers = { 'X-User-ID': 'ada', 'X-Internal-Key': engines.INTERNAL_API_KEY };
  const ask = async (at: string) => (await fetch(engine.http + at, { headers })).text();
  const chats = v.parse(
    v.object({ chats: v.array(v.object({ id: v.string() })) }),
    JSON.parse(await ask('/api/v1/chats')),
  );
  const paths = ['/', '/health', '/ready', '/metrics', '/api/v1/sessions', '/api/v1/chats', '/openapi.json'];
  const ofChats = chats.chats.map(({ id }) => `/api/v1/chats/${id}?include=system`);
  return (await Promise.all([...paths, ...ofChats].map(ask))).join('\n');
}

async function rowsOf(databaseUrl: string): Promise<string> {
  const pool = await createPool(databaseUrl);
  const tables = await pool.anyFirst(sql.type(v.object({ table: v.string() }))`
    SELECT table_name AS "table" FROM information_schema.tables WHERE table_schema = 'public'`);
  const texts = await Promise.all(
    tables.map((table) =>
      pool.anyFirst(sql.type(v.object({ text: v.string() }))`
        SELECT row.*::text AS text FROM ${sql.identifier([table])} AS row`),
    ),
  );
  await pool.end();
  return texts.flat().join('\n');
}

/** What Docker shows of every container, and the files of the session's own. */
async function dockerPlaces(inDocker: DockerBase, sessionId: string): Promise<TextsByPlace> {
  const containers = await docker.listContainers({ all: true });
  const inspect = async ({ Id }: Docker.ContainerInfo) => {
    const container = docker.getContainer(Id);
    const logs = await container.logs({ stdout: true, stderr: true });
    return JSON.stringify([await container.inspect(), logs.toString()]);
  };
  const files = 'find /workspace /home /tmp /run -xdev -type f -exec cat {} + 2>/dev/null';
  const objects = 'cd /workspace/repo && git cat-file --batch-all-objects --batch';
  return {
    // Other containers may end meanwhile.
    containers: (await Promise.all(containers.map((one) => inspect(one).catch(() => '')))).join('\n'),
    'files of the container': await inDocker.run(sessionId, `${files}; ${objects}`),
  };
}

for (const place of places)
  testIn[place](`${place}: no secret is in logs, frames, rows, answers, processes or files`, async (t) => {
    const stand = await startStand(t, place);
    const { fakeProvider, git, engine, folder, inDocker, databaseUrl } = stand;
    git.addRepository('ada/app', { 'secret.txt': decoy });
    const own = { apiKey: callers.apiKey, gitToken: callers.gitToken, repoUrl: git.urlOf('ada/app') };
    const { apiKey, gitToken } = callers;
    const nosy = await runNosySession(stand, [apiKey, gitToken, ...Object.values(engines)], own);
    const other = await runNosySession(stand, [engines.ANTHROPIC_API_KEY], {});
    const clients = [nosy, other, ...(await runFailingSessions(stand))];
    const visible: TextsByPlace = {
      frames: JSON.stringify(clients.map(({ frames }) => frames)),
      rows: await rowsOf(databaseUrl),
      'what the provider was told': JSON.stringify(fakeProvider.requests.map(({ path, body }) => [path, body])),
      ...(inDocker ? await dockerPlaces(inDocker, nosy.sessionId) : { files: await readFilesIn(folder) }),
    };
    const hidden: TextsByPlace = {
      log: engine.output(),
      answers: await answersOf(stand),
      processes: await readProcesses(),
    };
    assert.deepEqual(findSecrets(secrets, { ...visible, ...hidden }), []);

    for (const [where, text] of Object.entries(visible))
      if (where !== 'containers')
        assert.ok(findSecrets({ decoy }, { [where]: text }).length > 0, `The decoy is in ${where}.`);
    assert.match(engine.output(), /engine\.started/);
    const keys = new Set(fakeProvider.answerRequests.map(requestKeyOf));
    assert.deepEqual(keys, new Set([callers.apiKey, engines.ANTHROPIC_API_KEY]));
    assert.match(git.runGit('ada/app', 'log', '-1', '--format=%s', 'pushed'), /^Push me$/m);
  });
