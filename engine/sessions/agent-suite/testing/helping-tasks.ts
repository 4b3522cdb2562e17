// Tasks with more than the agent's own tools and text: MCP servers, sub-agents, images, documents.
import assert from 'node:assert/strict';
import { bundleServer } from '../../../../actors/mcp/testing/bundle-server.ts';
import { makePdf } from '../../../../actors/testing/pdfs.ts';
import { makePng } from '../../../../actors/testing/pictures.ts';
import { answer, type Step } from '../../../../actors/testing/provider/steps.ts';
import { backEndHeadersOf } from '../../../testing/engine.ts';
import { type AgentTask, begun, call, cloned, endTurn, finish, type GivenTask, read } from './agent-task.ts';

const programToken = 'token-of-the-program-0123456789';

/** Resolves for all once so many have come. */
function meet(countAll: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let came = 0;
  return () => {
    if (++came === countAll) resolve();
    return promise;
  };
}

async function post({ agents }: GivenTask, path: string, body: FormData | Uint8Array<ArrayBuffer>): Promise<unknown> {
  const headers = backEndHeadersOf('ada');
  const answered = await fetch(`${agents.engine.http}/api/v1/${path}`, { method: 'POST', headers, body });
  assert.equal(answered.status, 200);
  return answered.json();
}

export const helpingTasks: AgentTask[] = [
  {
    name: 'calls a tool of an MCP server in its sandbox',
    async act(given) {
      const command = given.place === 'docker' ? 'node' : process.execPath;
      const probe = { command, args: ['server.cjs'], env: { PROBE_TOKEN: programToken } };
      given.play([call('probe__echo', { text: 'it' }), call('probe__secret', {})], [finish('Heard.')]);
      const files = { 'server.cjs': await bundleServer() };
      const { client } = await given.startIn(files, 'Ask the server.', { mcpServers: { probe } });
      assert.equal((await endTurn(client)).reason, 'finished');
      const rows = await given.check(client, [
        ...cloned,
        ['AgentNotice', /^The MCP server probe says of itself/],
        ['McpAction', 'probe__echo {"text":"it"}'],
        ['McpObservation', 'heard it'],
        ['McpAction', 'probe__secret {}'],
        ['McpObservation', 'token=[secret]'],
        'AgentFinishAction',
        'completed',
      ]);
      assert.match(given.sent(0), /"name":"probe__echo"/);
      assert.match(given.sent(1), /heard it/);
      const shown = JSON.stringify([rows, client.frames, given.provider.requests.map(({ body }) => body)]);
      assert.ok(!shown.includes(programToken));
      await given.stop(client);
    },
  },
  {
    name: 'has three sub-agents at once, reads their reports alone, and all are counted',
    async act(given) {
      const usage = { input: 1_000, output: 0 };
      const meeting = meet(3);
      const report =
        (what: string): Step =>
        async (playing) => {
          await meeting();
          await answer({ text: `Report of ${what}.`, usage })(playing);
        };
      given.provider.answerOtherwise({
        of: ({ body }) => {
          const [{ content }] = (body as { messages: [{ content: unknown }] }).messages;
          const [, what] = /Look at (\w)/.exec(JSON.stringify(content)) ?? [];
          if (what !== undefined) return report(what);
          if (JSON.stringify(body).includes('Report of')) return answer({ calls: [finish('All three.')], usage });
          return answer({ calls: ['a', 'b', 'c'].map((of) => call('delegate', { task: `Look at ${of}` })), usage });
        },
      });
      const client = await given.start('Review all.');
      const completed = await endTurn(client);
      assert.partialDeepStrictEqual(completed.usage, { steps: 2, inputTokens: 5_000 });
      assert.equal(Math.round((completed.usage?.costUsd ?? 0) * 1e6), 10_000);
      const rows = await given.check(
        client,
        [
          ...begun,
          ['DelegateAction', 'Look at a'],
          ['DelegateAction', 'Look at b'],
          ['DelegateAction', 'Look at c'],
          ['DelegateObservation', 'Report of a.'],
          ['DelegateObservation', 'Report of b.'],
          ['DelegateObservation', 'Report of c.'],
          'AgentFinishAction',
          'completed',
        ],
        { leftOut: 'MessageAction' },
      );
      const nested = client.events.filter(({ eventType }) => eventType === 'MessageAction');
      const calls = client.events.filter(({ eventType }) => eventType === 'DelegateAction');
      assert.deepEqual(
        nested.map(({ parentToolCallId }) => parentToolCallId).sort(),
        calls.map(({ toolCallId }) => toolCallId).sort(),
      );
      assert.equal(Math.round(Math.max(...rows.map(({ metadata }) => metadata?.spentUsd ?? 0)) * 1e6), 10_000);
      assert.equal(given.timesAsked, 5);
      await given.stop(client);
    },
  },
  {
    name: 'sees the image of its task, after a restart too',
    async act(given) {
      const png = makePng(120, 80);
      const form = new FormData();
      form.append('json', JSON.stringify({ task: 'What is on it?', autoStart: true, modelProvider: 'anthropic' }));
      form.append('files', new Blob([new Uint8Array(png)], { type: 'image/png' }), 'shot.png');
      given.play({ text: 'It is red.' });
      const { sessionId } = (await post(given, 'sessions', form)) as { sessionId: string };
      const client = await given.agents.attachClient(sessionId);
      await endTurn(client);
      await given.check(client, [...begun, ['MessageAction', 'It is red.'], 'completed']);
      const [ack] = client.events.filter(({ eventType }) => eventType === 'InitialTask');
      assert.deepEqual([ack?.attachments?.[0]?.mediaType, ack?.attachments?.[0]?.size], ['image/png', png.length]);
      await given.restart();
      const back = await given.agents.attachClient(sessionId);
      await endTurn(back, 'And now?');
      const base64 = png.toString('base64');
      assert.deepEqual(
        [0, 1].map((at) => given.sent(at).split(base64).length),
        [2, 2],
      );
      await given.stop(back);
    },
  },
  {
    name: 'reads a page of a PDF',
    async act(given) {
      const client = await given.start('Wait.');
      await endTurn(client);
      const pdf = new Uint8Array(makePdf('The first page', 'The second page', 'The third page'));
      await post(given, `files/upload?session_id=${client.sessionId}&path=paper.pdf`, pdf);
      given.play([call('read', { path: 'paper.pdf', offset: 2, limit: 1 })], [read('paper.pdf')], [finish('Read.')]);
      await endTurn(client, 'What is on page 2?');
      await given.check(client, [
        ...begun,
        'MessageAction',
        'completed',
        'UserFileChange',
        'UserMessage',
        'FileReadAction',
        ['FileReadObservation', /The second page/],
        'FileReadAction',
        ['FileReadObservation', /The first page.*The second page.*The third page/s],
        'AgentFinishAction',
        'completed',
      ]);
      assert.match(given.sent(2), /The second page/);
      assert.doesNotMatch(given.sent(2), /The (first|third) page/);
      await given.stop(client);
    },
  },
];
