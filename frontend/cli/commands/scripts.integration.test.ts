// What `lucid` prints for scripts and into pipes, command by command.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { answer } from '../../../actors/testing/provider/steps.ts';
import { testSecret } from '../../../engine/testing/engine.ts';
import { createClient } from '../../client/index.ts';
import { environmentOf, findClosedUrl, launcher, runCommand } from '../testing/run-command.ts';
import { framesOf, shareScriptedCommand } from '../testing/scripted-command.ts';
import { runsCommand } from '../testing/scripted-engine.ts';

const open = shareScriptedCommand();
const linesIn = (text: string) => text.trim().split('\n');

test('what is no terminal gets plain lines, and nothing but the story on stdout', async () => {
  const { env, plan } = open();
  plan(runsCommand('echo hello'), answer({ text: 'Done so.' }));
  const { stdout, stderr } = await runCommand(['run', '--stdin'], { env, input: 'Say hello\n' });
  assert.match(stdout, /› Say hello\n[\s\S]*\$ echo hello\n {2}hello\nDone so\.\n✓ /);
  assert.ok(!stdout.includes('\x1b'));
  assert.match(stderr, /^To go on: npx lucid attach [\w-]{36}\n$/);
});

test('a task whose label no engine has is told so at once, while it is tried again', async () => {
  const { env } = open();
  const child = spawn(process.execPath, [launcher, 'run', '--label', 'gpu=tpu', 'Go'], { env: environmentOf(env) });
  const [told] = (await once(child.stderr.setEncoding('utf8'), 'data')) as [string];
  assert.equal(child.exitCode, null);
  child.kill();
  await once(child, 'close');
  assert.equal(told, 'No engine that takes sessions now has the label gpu=tpu. It is tried again.\n');
});

test('FORCE_COLOR colours what goes into a pipe', async () => {
  const { env } = open();
  const { stdout } = await runCommand(['run', 'Go'], { env: { ...env, FORCE_COLOR: '1' } });
  assert.ok(stdout.includes('\x1b[32m✓'));
});

test('a detached run says its session, which goes on', async () => {
  const { lucid, plan } = open();
  plan(answer({ text: 'Done so.' }));
  const { code, stdout } = await lucid('run', '--detach', 'Go');
  assert.equal(code, 0);
  const logs = await lucid('attach', stdout.trim());
  assert.equal(logs.code, 0);
  assert.match(logs.stdout, /Done so\./);
});

test('who attaches to a session at rest into which a person has put a file is not kept waiting', async () => {
  const { env, lucid, makeSession } = open();
  const { id } = await makeSession();
  const { LUCID_URL: baseUrl = '', LUCID_TOKEN: token } = env;
  await createClient({ baseUrl, token }).files.write({ session_id: id, path: 'given.txt', content: 'Here.' });
  assert.equal((await lucid('attach', id)).code, 0);
});

test('sessions are listed by their states, shown, and stopped', async () => {
  const { lucid, makeSession } = open();
  const { id } = await makeSession();
  assert.match((await lucid('ls')).stdout, new RegExp(`${id} +idle`));
  const logs = await lucid('logs', id);
  assert.match(logs.stdout, /It is there\./);
  assert.equal(framesOf((await lucid('logs', '--json', '--tail', '2', id)).stdout).length, 2);
  assert.equal((await lucid('stop', id)).code, 0);
  const stopped = await lucid('ls', '--state', 'stopped', '--json');
  assert.ok(framesOf(stopped.stdout).some(({ sessionId }) => sessionId === id));
  assert.match((await lucid('logs', '--follow', id)).stdout, /It is there\./);
});

test('a list of nothing says what there is none of', async () => {
  const { lucid, plan } = open();
  assert.equal((await lucid('ls', '--state', 'failed')).stderr, 'There is no session whose state is failed.\n');
  plan(answer({ text: 'Nothing to do.' }));
  const id = (await lucid('run', '--detach', 'Do nothing')).stdout.trim();
  await lucid('attach', id);
  assert.equal((await lucid('files', 'ls', id)).stderr, 'The workspace is empty.\n');
});

test('files of a session are listed, printed and saved, and nothing is overwritten unasked', async () => {
  const { folder, lucid, makeSession } = open();
  const { id } = await makeSession();
  const [file = ''] = linesIn((await lucid('files', 'ls', id)).stdout);
  assert.match(file, /a\.py$/);
  assert.equal((await lucid('files', 'cat', id, file)).stdout, 'a = 1\n');
  assert.equal((await lucid('files', 'get', id, file)).code, 0);
  assert.equal(await readFile(path.join(folder, 'a.py'), 'utf8'), 'a = 1\n');
  assert.equal((await lucid('files', 'get', id, file)).code, 2);
  assert.equal((await lucid('files', 'get', '--force', id, file)).code, 0);
});

test('chats are listed, found, shown, exported, renamed and removed', async () => {
  const { lucid, makeSession } = open();
  const { id: sessionId, chatId } = await makeSession();
  assert.equal((await lucid('chats', 'rename', chatId, 'Of zebras')).code, 0);
  assert.match((await lucid('chats')).stdout, /Of zebras/);
  const found = framesOf((await lucid('chats', 'search', '--json', 'zebras')).stdout);
  assert.deepEqual(
    found.map(({ id }) => id),
    [chatId],
  );
  assert.match((await lucid('chats', 'show', chatId)).stdout, /It is there\./);
  assert.match((await lucid('chats', 'show', sessionId)).stdout, /It is there\./);
  assert.match((await lucid('chats', 'export', sessionId)).stdout, /^# Of zebras/);
  assert.match((await lucid('chats', 'export', chatId)).stdout, /^# Of zebras/);
  const whole = JSON.parse((await lucid('chats', 'export', '--format', 'json', chatId)).stdout) as { title: string };
  assert.equal(whole.title, 'Of zebras');
  assert.equal((await lucid('chats', 'rm', chatId)).code, 0);
  assert.equal((await lucid('chats', 'show', chatId)).code, 5);
});

test('a login is tried, kept for nobody else to read, and its token goes to its own engine only', async () => {
  const { engine, folder, ...given } = open();
  const env = { XDG_CONFIG_HOME: folder };
  const refused = await runCommand(['login', engine.http], { env, input: 'wrong\n' });
  assert.equal(refused.code, 4);
  const token = given.env.LUCID_TOKEN ?? '';
  const { code, stdout, stderr } = await runCommand(['login', engine.http], { env, input: `${token}\n` });
  assert.deepEqual([code, stdout], [0, '']);
  assert.ok(!stderr.includes(token));
  const file = path.join(folder, 'lucid/login.json');
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.equal((await stat(path.dirname(file))).mode & 0o777, 0o700);
  assert.equal((await runCommand(['ls'], { env })).code, 0);
  const elsewhere = await runCommand(['ls', '--url', await findClosedUrl()], { env });
  assert.deepEqual([elsewhere.code, /There is no token/.test(elsewhere.stderr)], [4, true]);
});

test('a token of `lucid token` is believed by the engine whose secret it is signed with', async () => {
  const given = open();
  const made = await runCommand(['token', 'ada', '--hours', '1'], { env: { SESSION_SECRET: testSecret } });
  assert.match(made.stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  const env = { ...given.env, LUCID_TOKEN: made.stdout.trim() };
  assert.equal((await runCommand(['ls'], { env })).code, 0);
});

test('who has read enough ends the command quietly', async () => {
  const { env, makeSession } = open();
  const { id } = await makeSession();
  const child = spawn(process.execPath, [launcher, 'logs', id], { env: environmentOf(env) });
  child.stdout.destroy();
  let said = '';
  for await (const chunk of child.stderr) said += chunk;
  assert.equal(said, '');
});

test('a script reads which models there are', async () => {
  const { code, stdout } = await open().lucid('models', '--json');
  assert.equal(code, 0);
  assert.ok(framesOf(stdout).some(({ model }) => String(model).startsWith('anthropic/')));
  assert.match((await open().lucid('models')).stdout, /^MODEL .*EFFORT/);
});
