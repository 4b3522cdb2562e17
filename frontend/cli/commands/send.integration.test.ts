// What is sent with files and a choice of its own, as scripts and people at a terminal send it to a real engine.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { makePng } from '../../../actors/testing/pictures.ts';
import { answer } from '../../../actors/testing/provider/steps.ts';
import { limits } from '../../../schema/limits.ts';
import { framesOf, shareScriptedCommand } from '../testing/scripted-command.ts';
import { Terminal } from '../testing/terminal.ts';

const open = shareScriptedCommand();
const png = makePng(12, 8);

const folder = mkdtempSync(path.join(tmpdir(), 'lucid-send-'));
after(() => rmSync(folder, { recursive: true }));
const fileOf = (name: string) => path.join(folder, name);
for (const [name, content] of Object.entries({
  'shot.png': png,
  'data.csv': 'a,b\n',
  'none.png': 'no image',
  'huge.bin': new Uint8Array(limits.attachmentsBytesMax + 1),
  'huge.png': new Uint8Array(limits.imageBytesMax + 1024 ** 2),
  'nine.bin': new Uint8Array(9 * 1024 ** 2),
}))
  writeFileSync(fileOf(name), content);

/** The options that give these files. */
const give = (...names: string[]) => names.flatMap((name) => ['--file', fileOf(name)]);

/** The bodies of all requests for an answer by now. */
const readAsked = () => open().provider.answerRequests.map(({ body }) => JSON.stringify(body));

test('files and images go with the task, and the model sees them', async () => {
  const { lucid, plan } = open();
  plan(answer({ text: 'A black picture.' }));
  const { code, stdout } = await lucid('run', '--json', ...give('shot.png', 'data.csv'), 'What is on it?');
  assert.equal(code, 0);
  const ack = framesOf(stdout).find(({ eventType }) => eventType === 'InitialTask');
  const given = (ack?.attachments ?? []) as { path: string }[];
  const names = given.map((file) => file.path.replace(/.*\/[0-9a-f]{8}-/, ''));
  assert.deepEqual(names, ['shot.png', 'data.csv']);
  assert.ok(readAsked().at(-1)?.includes(png.toString('base64')));
});

test('a later message brings files and has a model and an effort of its own, of which a script reads the turn', async () => {
  const { lucid, plan, makeSession, provider } = open();
  const { id } = await makeSession();
  const chosen = ['--model', 'anthropic/claude-haiku-4-5', '--budget', '2'];
  plan(answer({ text: 'Black, too.' }), answer({ text: 'Well.' }));
  const { code, stdout } = await lucid('send', id, 'And this?', '--json', ...give('shot.png'), ...chosen);
  assert.equal(code, 0);
  const frames = framesOf(stdout);
  const [ack] = frames.filter(({ sequence }) => sequence !== undefined);
  assert.deepEqual([ack?.eventType, ack?.content], ['UserMessage', 'And this?']);
  assert.deepEqual([frames.at(-1)?.type, frames.at(-1)?.exitCode], ['end', 0]);
  assert.ok(readAsked().at(-1)?.includes(png.toString('base64')));
  const modelOf = (at: number) => Object(provider.answerRequests.at(at)?.body).model as unknown;
  assert.equal(modelOf(-1), 'claude-haiku-4-5');
  assert.equal((await lucid('send', id, 'And now?')).code, 0);
  assert.notEqual(modelOf(-1), 'claude-haiku-4-5', 'the next turn has the model of the session');
});

test('a message that isn’t followed is told of as the engine has it', async () => {
  const { lucid, plan, makeSession, client } = open();
  const { id } = await makeSession();
  plan(answer({ text: 'Well.' }));
  const { code, stdout } = await lucid('send', id, 'Look', '--detach', '--json', ...give('data.csv'));
  assert.equal(code, 0);
  const [{ status, sequence } = {}] = framesOf(stdout);
  assert.equal(status, 'accepted');
  const { events } = await client.sessions.events(id, { after: Number(sequence) - 1, limit: 1 });
  assert.equal(events[0]?.type === 'ack' && events[0].attachments?.[0]?.size, 4);
});

test('what can’t go with a message is said, with 2, before anything begins', async () => {
  const { lucid, makeSession, client, provider } = open();
  const { id } = await makeSession();
  const countSessions = async () => (await client.sessions.list()).sessions.length;
  const before = { sessions: await countSessions(), asked: provider.answerRequests.length };
  const refused: [names: string[], words: RegExp][] = [
    [['gone.txt'], /gone\.txt can’t be read: /],
    [['.'], / is not a file\./],
    [['huge.bin'], /huge\.bin holds 16777217 bytes, and may hold 16777216\./],
    [['huge.png'], /huge\.png: It holds 4\.75 MiB, and an image may hold 3\.75 MiB\./],
    [['nine.bin', 'nine.bin'], /nine\.bin: With it there would be 18 MiB/],
    [Array.from({ length: 11 }, () => 'data.csv'), /data\.csv: At most 10 files come with a message\./],
    [['none.png'], /none\.png: It is said to be image\/png, and its bytes are no image\./],
  ];
  for (const [names, words] of refused)
    for (const args of [
      ['run', 'Look'],
      ['send', id, 'Look'],
    ]) {
      const { code, stdout, stderr } = await lucid(...args, ...give(...names));
      assert.deepEqual([code, stdout], [2, ''], `${args[0]} ${names[0]}`);
      assert.match(stderr, words);
    }
  assert.deepEqual({ sessions: await countSessions(), asked: provider.answerRequests.length }, before);
});

test('a choice that can’t be had is 2, a session that isn’t there 5, one that has ended 1', async () => {
  const { lucid, makeSession } = open();
  const { id } = await makeSession();
  const unknown = await lucid('send', id, 'Look', '--model', 'anthropic/none', '--budget', '1');
  assert.deepEqual([unknown.code, /prices are known/.test(unknown.stderr)], [2, true]);
  for (const args of [
    ['send', id],
    ['send', id, ''],
    ['send', id, 'a', '--stdin'],
    ['send', id, 'a', '--budget', '0'],
  ])
    assert.equal((await lucid(...args)).code, 2, args.join(' '));
  assert.equal((await lucid('send', 'none', 'Look')).code, 5);
  await lucid('stop', id);
  const ended = await lucid('send', id, 'Look');
  assert.deepEqual([ended.code, ended.stdout], [1, '']);
  assert.notEqual(ended.stderr, '');
});

test('at a terminal one sees the turn of what one sent, and not what was before', async (t) => {
  const { plan, makeSession, env } = open();
  const { id } = await makeSession();
  plan(answer({ text: 'A table of one line.' }));
  const terminal = Terminal.lucid(['send', id, 'What is in it?', ...give('data.csv')], env);
  t.after(() => terminal.close());
  await terminal.see(/What is in it\?[\s\S]*A table of one line\.[\s\S]*✓ /);
  assert.equal(await terminal.ended, 0);
  assert.ok(!terminal.raw.includes('It is there.'), terminal.raw);
});
