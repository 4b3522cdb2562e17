// The code that `lucid` ends with, for scripts: each of its table.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { answer, failure, nothing } from '../../../actors/testing/provider/steps.ts';
import { signTestToken } from '../../../engine/testing/engine.ts';
import { environmentOf, findClosedUrl, launcher, runCommand } from '../testing/run-command.ts';
import { framesOf, shareScriptedCommand } from '../testing/scripted-command.ts';
import { runsCommand } from '../testing/scripted-engine.ts';

const open = shareScriptedCommand();

test('0: a script reads every event of a run as JSON, and its end last', async () => {
  const { lucid, plan } = open();
  plan(runsCommand('echo hello'), answer({ text: 'Done so.' }));
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

test('1: a turn that fails', async () => {
  const { lucid, plan } = open();
  plan(failure(400, { message: 'No such model.' }));
  const { code, stdout } = await lucid('run', 'Go');
  assert.equal(code, 1);
  assert.match(stdout, /✗ /);
});

test('2: a wrong command line is told why, with nothing on stdout', async () => {
  const { lucid } = open();
  for (const args of [
    ['run'],
    ['run', ''],
    ['run', 'a', '--stdin'],
    ['run', 'a', '--budget', 'much'],
    ['run', 'a', '--local', '--detach'],
    ['run', 'a', '--url', 'ftp://x'],
    ['run', 'a', '--effort', 'some'],
    ['run', 'a', '--ask', '--plan'],
    ['run', 'a', '--instructions', '/nonexistent'],
    ['run', 'a', '--file', '/nonexistent'],
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

test('2: a task without quotes is told that it needs them', async () => {
  const { stderr, code } = await open().lucid('run', 'Write', 'hello', 'world');
  assert.deepEqual(
    [code, stderr],
    [2, 'The task is one argument, so it needs quotes: npx lucid run "Write hello world"\n'],
  );
});

test('3: an engine that isn’t there', async () => {
  const { env } = open();
  const { code, stderr } = await runCommand(['ls'], { env: { ...env, LUCID_URL: await findClosedUrl() } });
  assert.equal(code, 3);
  assert.match(stderr, /^http:\/\/127\.0\.0\.1:\d+ can't be reached: connect ECONNREFUSED 127\.0\.0\.1:\d+$/m);
});

test('4: no token, one that isn’t believed, and somebody else’s session', async () => {
  const { env, makeSession } = open();
  const { id } = await makeSession();
  const { LUCID_TOKEN: _, ...nobody } = env;
  const none = await runCommand(['ls'], { env: nobody });
  assert.deepEqual([none.code, /lucid login/.test(none.stderr)], [4, true]);
  const wrong = await runCommand(['ls'], { env: { ...nobody, LUCID_TOKEN: 'wrong' } });
  assert.equal(wrong.code, 4);
  const other = { ...nobody, LUCID_TOKEN: await signTestToken('eve') };
  assert.ok([4, 5].includes((await runCommand(['attach', id], { env: other })).code ?? 0));
});

test('5: what isn’t there', async () => {
  const { lucid, makeSession } = open();
  const { id } = await makeSession();
  for (const args of [
    ['attach', 'none'],
    ['stop', 'none'],
    ['chats', 'show', 'none'],
    ['files', 'cat', id, 'none.py'],
  ])
    assert.equal((await lucid(...args)).code, 5, args.join(' '));
});

test('6: a budget that is spent ends the turn', async () => {
  const { client, lucid, plan } = open();
  const dear = { input: 900_000, output: 30_000 };
  plan(runsCommand('echo dear', { usage: dear }), nothing());
  const { code, stdout } = await lucid('run', '--budget', '0.50', '--json', 'Go');
  assert.equal(code, 6);
  const session = await client.sessions.read(String(framesOf(stdout)[0]?.sessionId));
  assert.deepEqual([session.state, session.lastTurn?.reason], ['idle', 'budget']);
});

test('130: a signal interrupts the turn of a script', async () => {
  const { env, plan } = open();
  plan(nothing());
  const child = spawn(process.execPath, [launcher, 'run', 'Go'], { env: environmentOf(env) });
  let seen = '';
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    const before = seen;
    seen += chunk;
    if (/ready/.test(seen) && !/ready/.test(before)) child.kill('SIGINT');
  }
  assert.match(seen, /✗ .*interrupted/i);
  const [code] = child.exitCode === null ? await once(child, 'close') : [child.exitCode];
  assert.equal(code, 130);
});
