// Exports hold all of a chat, and nothing that was said or printed in it can break their form.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { ChatRow, MessageRow } from '../../schema/chat.ts';
import { readPages, writeJson, writeMarkdown } from './chat-export.ts';

const chat: ChatRow = {
  id: 'chat',
  agentSessionId: 'session',
  projectId: null,
  title: 'Fix\nthe # bug',
  modelProvider: 'anthropic',
  isActive: false,
  createdAtMs: 0,
  updatedAtMs: 0,
};

const makeMessage = (sequence: number, more: Partial<MessageRow> = {}): MessageRow => ({
  id: `message-${sequence}`,
  role: 'assistant',
  content: 'text',
  eventType: 'MessageAction',
  metadataJson: null,
  sequence,
  createdAtMs: 0,
  ...more,
});

const pagesOf = (messages: MessageRow[], pageRows = 2) =>
  readPages(async (after) => messages.filter(({ sequence }) => sequence > after).slice(0, pageRows));

const join = async (pieces: AsyncIterable<string>) => (await Array.fromAsync(pieces)).join('');

test('every message is in the JSON once and in order, however pages fall', async () => {
  const message = fc.record({ content: fc.string({ unit: 'binary' }), metadataJson: fc.option(fc.json()) });
  await fc.assert(
    fc.asyncProperty(fc.array(message), fc.integer({ min: 1, max: 7 }), async (contents, pageRows) => {
      const messages = contents.map((more, at) => makeMessage(at + 1, more));
      const { messages: exported, ...about } = JSON.parse(await join(writeJson(chat, pagesOf(messages, pageRows))));
      assert.deepEqual(
        exported.map(({ sequence, content }: MessageRow) => [sequence, content]),
        messages.map(({ sequence, content }) => [sequence, content.toWellFormed()]),
      );
      assert.equal(about.id, 'chat');
    }),
  );
});

test('Markdown shows who said what, and commands, output and changes as they were', async () => {
  const messages = [
    makeMessage(1, { role: 'user', eventType: 'InitialTask', content: 'Fix it' }),
    makeMessage(2, {
      eventType: 'CmdRunAction',
      content: 'npm test',
      metadataJson: JSON.stringify({ command: 'npm test', thought: 'First\nlook' }),
    }),
    makeMessage(3, { eventType: 'CmdOutputObservation', content: '1 failed\n', metadataJson: '{"exitCode":1}' }),
    makeMessage(4, { eventType: 'AgentFinishAction', content: 'Done.' }),
    makeMessage(5, { eventType: 'Status', content: '', metadataJson: '{"status":"completed","reason":"finished"}' }),
    ...['initializing', 'ready', 'mock_mode'].map((status, at) =>
      makeMessage(6 + at, { eventType: 'Status', metadataJson: JSON.stringify({ status }) }),
    ),
  ];
  assert.equal(
    await join(writeMarkdown(chat, pagesOf(messages))),
    [
      '# Fix the # bug\n\n1970-01-01T00:00:00.000+00:00\n',
      '\n## User\n\nFix it\n',
      '\n### CmdRunAction\n\n> First\n> look\n\n```bash\nnpm test\n```\n',
      '\n### CmdOutputObservation · exit code 1\n\n```\n1 failed\n```\n',
      '\n## Agent\n\nDone.\n',
      '\n*completed: finished*\n',
    ].join(''),
  );
});

test('no output ends the block that it is shown in', async () => {
  const output = fc
    .array(fc.constantFrom('```', '`', '~~~', '# heading', '````\n', 'text', '\n'))
    .map((parts) => parts.join(''));
  await fc.assert(
    fc.asyncProperty(output, async (content) => {
      fc.pre(content.trim() !== '');
      const text = await join(
        writeMarkdown(chat, pagesOf([makeMessage(1, { eventType: 'CmdOutputObservation', content })])),
      );
      const [, ticks = '', shown] = text.match(/\n(`{3,})\n([\s\S]*)\n\1\n$/) ?? [];
      assert.equal(shown, content.replace(/\n$/, ''));
      assert.ok(!content.includes(ticks));
    }),
  );
});
