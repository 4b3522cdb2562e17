// A piece of work from its task to its pushed branch, by an agent of each provider in each kind of sandbox.
import assert from 'node:assert/strict';
import type { ModelRequest } from '../../actors/models/model.ts';
import { writeAnthropicRequest as anthropicRequestOf } from '../../actors/models/providers/anthropic/anthropic-request.ts';
import { writeGoogleRequest as googleRequestOf } from '../../actors/models/providers/google/google-request.ts';
import { writeOpenAiRequest as openAiRequestOf } from '../../actors/models/providers/openai/openai-request.ts';
import { buildContext } from '../../actors/session/transcript.ts';
import { type FakeProvider, type ProviderRequest, requestKeyOf } from '../../actors/testing/provider/fake-provider.ts';
import { callsOf } from '../../actors/testing/provider/stand-in.ts';
import { answer } from '../../actors/testing/provider/steps.ts';
import type { PlayedAnswer } from '../../actors/testing/provider/wire.ts';
import { listTools } from '../../actors/tools/offered-tools.ts';
import type { StoredEvent } from '../../schema/event.ts';
import {
  engineKeys,
  gitToken,
  type Place,
  places,
  shareTestAgents,
  type TestAgents,
  testIn,
} from '../testing/agents.ts';
import type { Frame, TestClient } from '../testing/client.ts';
import { callAs } from '../testing/rest.ts';

/** Whose wires are compared byte for byte, and whose bill is. */
const names = ['anthropic', 'google', 'openai'] as const;
type Name = (typeof names)[number];

const environment = {
  ANTHROPIC_MODEL: 'claude-sonnet-5-5',
  GOOGLE_MODEL: 'gemini-2.5-pro',
  OPENAI_MODEL: 'gpt-6-sol',
};
const agentsIn: Record<Place, () => Promise<TestAgents>> = {
  docker: shareTestAgents('docker', { environment }),
  local: shareTestAgents('local', { environment }),
};

const task = 'The sum is wrong. Mend it, and push a branch.';
const files = {
  'sum.sh': 'echo $(($1 - $2))\n',
  'test.sh': 'sum=$(sh sum.sh 2 3)\n[ "$sum" = 5 ] && echo passed || { echo "2 and 3 are $sum"; exit 1; }\n',
};
const push = 'git checkout -q -b fix/sum && git add sum.sh && git commit -q -m "Add up" && git push -q origin fix/sum';

/** The usage of each answer, and the cost of six of them at the list prices of these models. */
const usages = {
  anthropic: { input: 1_000, cached: 600, cacheWrite: 200, output: 100 },
  google: { input: 1_000, cached: 600, output: 100 },
  openai: { input: 1_000, cached: 600, cacheWrite: 200, output: 100 },
};
const costsUsd = { anthropic: 6 * 0.00196, google: 6 * 0.001575, openai: 6 * 0.00202 };

function planWork(fakeProvider: FakeProvider, name: Name): void {
  const { shell, read, edit, finish } = callsOf(name);
  const says = (said: PlayedAnswer) => answer({ ...said, usage: usages[name] });
  fakeProvider.plan(
    name,
    says({
      thoughts: [{ text: 'First the test.', signature: 'c2lnbmVk' }],
      text: ['I look ', 'at it.'],
      calls: [read('test.sh'), read('sum.sh')],
    }),
    says({ calls: [shell('sh test.sh')] }),
    says({ calls: [edit('sum.sh', '$1 - $2', '$1 + $2')] }),
    says({ calls: [shell('sh test.sh')] }),
    says({ calls: [shell(push)] }),
    says({ calls: [finish('The sum is right now; it is on the branch fix/sum.')] }),
  );
}

/** The fields of an event that a client of the reference sees. */
const seen = ({ type, status, event, eventType, content, command, exitCode, path, thought, diff, reason }: Frame) =>
  Object.fromEntries(
    Object.entries({ type, status, event, eventType, content, command, exitCode, path, thought, diff, reason }).filter(
      ([, value]) => value !== undefined,
    ),
  );

const acted = (event: string, eventType: string, more: object) => ({ type: 'agent_event', event, eventType, ...more });
const action = (eventType: string, more: object) => acted('action', eventType, more);
const observation = (eventType: string, more: object) => acted('observation', eventType, more);

const ran = (command: string, content: string, exitCode = 0) => [
  action('CmdRunAction', { content: command, command }),
  observation('CmdOutputObservation', { content, command, exitCode }),
];

/** The expected frames of all events, in order, without fields that differ each time. */
function expectedOf(repoUrl: string, known: string): object[] {
  const path = (file: string) => `/workspace/repo/${file}`;
  const diff = '--- a/repo/sum.sh\n+++ b/repo/sum.sh\n@@ -1,1 +1,1 @@\n-echo $(($1 - $2))\n+echo $(($1 + $2))\n';
  return [
    { type: 'status', status: 'initializing' },
    { type: 'ack', eventType: 'InitialTask', content: task },
    acted('state', 'RepositoryCloned', { content: `Cloned ${repoUrl} into /workspace/repo.`, path: '/workspace/repo' }),
    { type: 'status', status: 'ready' },
    acted('state', 'ProjectKnowledge', { content: known, path: '/workspace/repo' }),
    action('ThinkAction', { content: 'First the test.', thought: 'First the test.' }),
    action('MessageAction', { content: 'I look at it.' }),
    action('FileReadAction', { content: path('test.sh'), path: path('test.sh') }),
    action('FileReadAction', { content: path('sum.sh'), path: path('sum.sh') }),
    observation('FileReadObservation', { content: files['test.sh'], path: path('test.sh') }),
    observation('FileReadObservation', { content: files['sum.sh'], path: path('sum.sh') }),
    ...ran('sh test.sh', '2 and 3 are -1\n', 1),
    action('FileEditAction', { content: path('sum.sh'), path: path('sum.sh') }),
    observation('FileEditObservation', {
      content: `Replaced the text at line 1 in ${path('sum.sh')}.`,
      path: path('sum.sh'),
      diff,
    }),
    ...ran('sh test.sh', 'passed\n'),
    ...ran(push, ''),
    action('AgentFinishAction', { content: 'The sum is right now; it is on the branch fix/sum.' }),
    { type: 'status', status: 'completed', reason: 'finished' },
  ];
}

for (const place of places)
  for (const name of names)
    testIn[place](`${name} in ${place}: from a failing test to a pushed branch, and a message after it`, async () => {
      const agents = await agentsIn[place]();
      const { fakeProvider, git } = agents;
      const repository = `ada/sums-of-${name}`;
      git.addRepository(repository, files);
      planWork(fakeProvider, name);
      const repoUrl = git.urlOf(repository);
      const user = { gitUserName: 'Ada Lovelace', gitUserEmail: 'ada@example.com' };
      const client = await agents.startClient(task, { repoUrl, gitToken, modelProvider: name, ...user });
      const completed = await client.waitForStatus('completed');

      const known = String(client.events.find(({ eventType }) => eventType === 'ProjectKnowledge')?.content);
      assert.match(
        known,
        /\nGit: branch \w+; nothing uncommitted\.\nLast commits:\n.* First\nFiles:\n\.\/: sum\.sh test\.sh$/,
      );
      assert.deepEqual(client.events.map(seen), expectedOf(repoUrl, known));
      await assertLiveFrames(client);
      assertUsage(completed, name);
      assert.equal(
        git.runGit(repository, 'log', '-1', '--format=%an <%ae> %s', 'fix/sum'),
        'Ada Lovelace <ada@example.com> Add up\n',
      );
      assert.equal(git.runGit(repository, 'show', 'fix/sum:sum.sh'), 'echo $(($1 + $2))\n');

      client.send({ type: 'message', content: 'Is it pushed?' });
      await client.waitForStatus('completed', completed.sequence);
      assertProviderWasAsked(fakeProvider.answerRequests, name, (await agents.readStored(client.sessionId)).events);
      await assertChanges(agents, client.sessionId, git.runGit(repository, 'rev-parse', 'HEAD').trim());
      client.send({ type: 'stop' });
      assert.equal(await client.closed, 1000);
      assert.deepEqual((await agents.docker?.listLeft()) ?? [], []);
    });

/** What was pushed is still told as changed, since it is compared with the commit that was cloned. */
async function assertChanges({ engine }: TestAgents, sessionId: string, cloned: string): Promise<void> {
  const path = '/workspace/repo/sum.sh';
  const change = { path, kind: 'modified', added: 1, removed: 1 };
  const base = `/api/v1/sessions/${sessionId}/changes`;
  const listed = await callAs(engine, 'ada', 'GET', base);
  assert.deepEqual(listed.body, { base: cloned, changes: [change] });
  const read = await callAs<{ diff: string }>(engine, 'ada', 'GET', `${base}/diff?path=repo/sum.sh`);
  assert.partialDeepStrictEqual(read.body, change);
  assert.match(read.body.diff, /\n-echo \$\(\(\$1 - \$2\)\)\n\+echo \$\(\(\$1 \+ \$2\)\)\n$/);
}

async function assertLiveFrames(client: TestClient): Promise<void> {
  const textsOf = (type: string, isThought: boolean | undefined) =>
    client.frames
      .filter((frame) => frame.type === type && frame.isThought === isThought)
      .map(({ text }) => text)
      .join('');
  assert.equal(textsOf('agent_delta', true), 'First the test.');
  assert.equal(textsOf('agent_delta', undefined), 'I look at it.');
  assert.equal(textsOf('agent_output', undefined), '2 and 3 are -1\npassed\n');
  const { tree } = await client.waitForType('file_tree');
  assert.match(JSON.stringify(tree), /"\/workspace\/repo\/sum\.sh"/);
}

function assertUsage({ usage }: Frame, name: Name): void {
  const { durationMs, costUsd, ...counted } = usage as Record<string, number>;
  const { input, output, cached, cacheWrite = 0 } = { cacheWrite: 0, ...usages[name] };
  const times6 = { inputTokens: 6 * input, outputTokens: 6 * output, cachedTokens: 6 * cached };
  assert.deepEqual(counted, { ...times6, cacheWriteTokens: 6 * cacheWrite, steps: 6 });
  assert.ok((durationMs ?? 0) > 0);
  assert.ok(Math.abs((costUsd ?? 0) - costsUsd[name]) < 1e-9, `${costUsd}`);
}

const ownKeys: Record<Name, string> = {
  anthropic: engineKeys.ANTHROPIC_API_KEY,
  google: engineKeys.GOOGLE_API_KEY,
  openai: engineKeys.OPENAI_API_KEY,
};

/** How each provider is sent a conversation. */
const rebuild: Record<Name, (request: ModelRequest) => object> = {
  anthropic: (request) =>
    anthropicRequestOf(request, {
      model: environment.ANTHROPIC_MODEL,
      thinking: 'adaptive',
      givesThoughts: true,
      answerTokensMax: 32_000,
    }),
  google: (request) => googleRequestOf(request, { givesThoughts: true }),
  openai: (request) =>
    openAiRequestOf(request, {
      model: environment.OPENAI_MODEL,
      effort: undefined,
      givesThoughts: true,
      isOpenAi: false,
      countsTokens: true,
    }),
};

/** Checks that the conversation only grew at its end, is the one that the rows give, and holds no token. */
function assertProviderWasAsked(asked: readonly ProviderRequest[], name: Name, rows: StoredEvent[]): void {
  const conversations = asked.map(({ body }) => conversationOf(body));
  assert.equal(conversations.length, 7);
  for (const [at, conversation] of conversations.slice(0, -1).entries())
    assert.deepEqual(conversations[at + 1]?.slice(0, conversation.length), conversation);
  const lastMessageAt = rows.findLastIndex(({ eventType }) => eventType === 'UserMessage');
  const context = buildContext(rows.slice(0, lastMessageAt + 1), task);
  const request = { system: '', context, tools: listTools() };
  assert.deepEqual(conversations.at(-1), conversationOf(rebuild[name](request)));
  if (name === 'anthropic') for (const { body } of asked) assertCacheMarks(body);
  assert.deepEqual(new Set(asked.map(requestKeyOf)), new Set([ownKeys[name]]));
  assert.equal(JSON.stringify(asked).includes(gitToken), false);
}

type Marked = { cache_control?: unknown };
type AnthropicBody = { system: Marked[]; tools: Marked[]; messages: { role: string; content: Marked[] }[] };

/** The messages of a request without the system prompt, and without the marks of a cache, which move. */
function conversationOf(body: unknown): unknown[] {
  const { messages, contents } = body as { messages?: { role: string }[]; contents?: unknown[] };
  const said = messages?.filter(({ role }) => role !== 'system') ?? contents;
  const text = JSON.stringify(said, (key, value) => (key === 'cache_control' ? undefined : value));
  return JSON.parse(text) as unknown[];
}

function assertCacheMarks(body: unknown): void {
  const { system, tools, messages } = body as AnthropicBody;
  const users = messages.filter(({ role }) => role === 'user').slice(-2);
  for (const list of [system, tools, ...users.map(({ content }) => content)])
    assert.deepEqual(list.at(-1)?.cache_control, { type: 'ephemeral' });
}
