// `lucid` as scripts use it: what it prints, and the code that it ends with.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { answer, failure, nothing } from '../../../actors/testing/provider/steps.ts';
import { signTestToken, testSecret } from '../../../engine/testing/engine.ts';
import { createClient } from '../../client/index.ts';
import { environmentOf, findClosedUrl, launcher, runCommand } from '../testing/run-command.ts';
import { runsCommand, type ScriptedEngine, startScriptedEngine } from '../testing/scripted-engine.ts';

let scripted: ScriptedEngine;
let folder: string;
before(async () => {
  scripted = await startScriptedEngine();
  folder = await mkdtemp(path.join(tmpdir(), 'lucid-scripts-'));
});
after(async () => {
  await scripted.close();
  await rm(folder, { recursive: true });
});
afterEach(() => scripted.provider.reset());

const lucid = (...args: string[]) => runCommand(args, { env: scripted.env, cwd: folder });
const linesOf = (text: string) => text.trim().split('\n');
const framesOf = (text: string) => linesOf(text).map((line) => JSON.parse(line) as Record<string, unknown>);
const openClient = () => createClient({ baseUrl: scripted.engine.http, token: scripted.env.LUCID_TOKEN ?? '' });

/** A session that has done one thing, and rests. */
async function makeSession(): Promise<{ id: string; chatId: string }> {
  scripted.plan(runsCommand('echo "a = 1" > a.py'), answer({ text: 'It is there.' }));
  const { code, stdout } = await lucid('run', '--json', 'Write a file');
  assert.equal(code, 0);
  const id = String(framesOf(stdout)[0]?.sessionId);
  return { id, chatId: (await openClient().sessions.read(id)).chatId };
}

test('0: a script reads every event of a run as JSON, and its end last', async () => {
  scripted.plan(runsCommand('echo hello'), answer({ text: 'Done so.' }));
  const { code, stdout, stderr } = await lucid('run', '--json', 'Say hello');
  assert.equal(code, 0);
  assert.equal(stderr, '');
  const frames = framesOf(stdout);
  const events = frames.filter(({ sequence }) => sequence !== undefined);
  assert.deepEqual(
    events.map(({ sequence }) => sequence),
    events.map((_, at) => at + 1),
  );
  assert.deepEqual([frames.at(-1)?.type, frames.at(-1)?.exitCode], ['end', 0]);
});

test('what is no terminal gets plain lines, and nothing but the story on stdout', async () => {
  scripted.plan(runsCommand('echo hello'), answer({ text: 'Done so.' }));
  const { stdout, stderr } = await runCommand(['run', '--stdin'], { env: scripted.env, input: 'Say hello\n' });
  assert.match(stdout, /› Say hello\n[\s\S]*\$ echo hello\n {2}hello\nDone so\.\n✓ /);
  assert.ok(!stdout.includes('\x1b'));
  assert.match(stderr, /^To go on: lucid attach [\w-]{36}\n$/);
});

test('FORCE_COLOR colours what goes into a pipe', async () => {
  const { stdout } = await runCommand(['run', 'Go'], { env: { ...scripted.env, FORCE_COLOR: '1' } });
  assert.ok(stdout.includes('\x1b[32m✓'));
});

test('1: a turn that fails', async () => {
  scripted.plan(failure(400, { message: 'No such model.' }));
  const { code, stdout } = await lucid('run', 'Go');
  assert.equal(code, 1);
  assert.match(stdout, /✗ /);
});

test('2: a wrong command line is told why, with nothing on stdout', async () => {
  for (const args of [
    ['run'],
    ['run', ''],
    ['run', 'a', '--stdin'],
    ['run', 'a', '--budget', 'much'],
    ['run', 'a', '--local', '--detach'],
    ['run', 'a', '--url', 'ftp://x'],
    ['run', 'a', '--model', 'nobody'],
    ['ls', '--state', 'asleep'],
    ['ls', '--limit', '0'],
    ['dance'],
    ['completion', 'tcsh'],
    ['token', ''],
  ]) {
    const { code, stdout, stderr } = await lucid(...args);
    assert.deepEqual([code, stdout], [2, ''], args.join(' '));
    assert.notEqual(stderr, '', args.join(' '));
  }
});

test('3: an engine that isn’t there', async () => {
  const { code, stderr } = await runCommand(['ls'], { env: { ...scripted.env, LUCID_URL: await findClosedUrl() } });
  assert.equal(code, 3);
  assert.match(stderr, /can't be reached/);
});

test('4: no token, one that isn’t believed, and somebody else’s session', async () => {
  const { id } = await makeSession();
  const { LUCID_TOKEN: _, ...nobody } = scripted.env;
  const none = await runCommand(['ls'], { env: nobody });
  assert.deepEqual([none.code, /lucid login/.test(none.stderr)], [4, true]);
  const wrong = await runCommand(['ls'], { env: { ...nobody, LUCID_TOKEN: 'wrong' } });
  assert.equal(wrong.code, 4);
  const other = { ...nobody, LUCID_TOKEN: await signTestToken('eve') };
  assert.ok([4, 5].includes((await runCommand(['attach', id], { env: other })).code ?? 0));
});

test('5: what isn’t there', async () => {
  const { id } = await makeSession();
  for (const args of [
    ['attach', 'none'],
    ['stop', 'none'],
    ['chats', 'show', 'none'],
    ['files', 'cat', id, 'none.py'],
  ])
    assert.equal((await lucid(...args)).code, 5, args.join(' '));
});

test('6: a budget that is spent ends the turn and the session', async () => {
  const dear = { input: 900_000, output: 30_000 };
  scripted.plan(runsCommand('echo dear', { usage: dear }), nothing());
  const { code, stdout, stderr } = await lucid('run', '--budget', '0.50', '--json', 'Go');
  assert.equal(code, 6);
  assert.match(stderr, /The budget of \$0\.50 is spent \(\$[\d.]+\)/);
  assert.equal((await openClient().sessions.read(String(framesOf(stdout)[0]?.sessionId))).state, 'stopped');
});

test('130: a signal interrupts the turn of a script', async () => {
  scripted.plan(nothing());
  const child = spawn(process.execPath, [launcher, 'run', 'Go'], { env: environmentOf(scripted.env) });
  let seen = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    seen += chunk;
    if (/ready/.test(chunk)) child.kill('SIGINT');
  }
  assert.match(seen, /✗ .*interrupted/i);
  const [code] = child.exitCode === null ? await once(child, 'close') : [child.exitCode];
  assert.equal(code, 130);
});

test('a detached run says its session, which goes on', async () => {
  scripted.plan(answer({ text: 'Done so.' }));
  const { code, stdout } = await lucid('run', '--detach', 'Go');
  assert.equal(code, 0);
  const logs = await lucid('attach', stdout.trim());
  assert.equal(logs.code, 0);
  assert.match(logs.stdout, /Done so\./);
});

test('sessions are listed by their states, shown, and stopped', async () => {
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

test('files of a session are listed, printed and saved, and nothing is overwritten unasked', async () => {
  const { id } = await makeSession();
  const [file = ''] = linesOf((await lucid('files', 'ls', id)).stdout);
  assert.match(file, /a\.py$/);
  assert.equal((await lucid('files', 'cat', id, file)).stdout, 'a = 1\n');
  assert.equal((await lucid('files', 'get', id, file)).code, 0);
  assert.equal(await readFile(path.join(folder, 'a.py'), 'utf8'), 'a = 1\n');
  assert.equal((await lucid('files', 'get', id, file)).code, 2);
  assert.equal((await lucid('files', 'get', '--force', id, file)).code, 0);
});

test('chats are listed, found, shown, exported, renamed and removed', async () => {
  const { chatId } = await makeSession();
  assert.equal((await lucid('chats', 'rename', chatId, 'Of zebras')).code, 0);
  assert.match((await lucid('chats')).stdout, /Of zebras/);
  const found = framesOf((await lucid('chats', 'search', '--json', 'zebras')).stdout);
  assert.deepEqual(
    found.map(({ id }) => id),
    [chatId],
  );
  assert.match((await lucid('chats', 'show', chatId)).stdout, /It is there\./);
  assert.match((await lucid('chats', 'export', chatId)).stdout, /^# Of zebras/);
  const whole = JSON.parse((await lucid('chats', 'export', '--format', 'json', chatId)).stdout) as { title: string };
  assert.equal(whole.title, 'Of zebras');
  assert.equal((await lucid('chats', 'rm', chatId)).code, 0);
  assert.equal((await lucid('chats', 'show', chatId)).code, 5);
});

test('a login is tried, kept for nobody else to read, and its token goes to its own engine only', async () => {
  const env = { XDG_CONFIG_HOME: folder };
  const refused = await runCommand(['login', scripted.engine.http], { env, input: 'wrong\n' });
  assert.equal(refused.code, 4);
  const token = scripted.env.LUCID_TOKEN ?? '';
  const { code, stdout, stderr } = await runCommand(['login', scripted.engine.http], { env, input: `${token}\n` });
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
  const made = await runCommand(['token', 'ada', '--hours', '1'], { env: { SESSION_SECRET: testSecret } });
  assert.match(made.stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  const env = { ...scripted.env, LUCID_TOKEN: made.stdout.trim() };
  assert.equal((await runCommand(['ls'], { env })).code, 0);
});

test('who has read enough ends the command quietly', async () => {
  const { id } = await makeSession();
  const child = spawn(process.execPath, [launcher, 'logs', id], { env: environmentOf(scripted.env) });
  child.stdout.destroy();
  let said = '';
  for await (const chunk of child.stderr) said += chunk;
  assert.equal(said, '');
});
