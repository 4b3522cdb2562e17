// `lucid run` and `lucid attach` as a person sees them, in a real terminal.
// biome-ignore-all lint/suspicious/noControlCharactersInRegex: what a terminal gets is full of them.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { callsOf } from '../../../actors/testing/provider/stand-in.ts';
import { answer, nothing, silence } from '../../../actors/testing/provider/steps.ts';
import { startTestEngine } from '../../../engine/testing/engine.ts';
import { createClient } from '../../client/index.ts';
import { CuttingProxy } from '../../client/testing/cutting-proxy.ts';
import { hold, runsCommand, type ScriptedEngine, startScriptedEngine } from '../testing/scripted-engine.ts';
import { keys, Terminal } from '../testing/terminal.ts';

let scripted: ScriptedEngine;
before(async () => {
  scripted = await startScriptedEngine();
});
after(() => scripted?.close());

const opened: Terminal[] = [];
afterEach(() => {
  for (const terminal of opened.splice(0)) terminal.close();
  scripted.provider.reset();
});

function openTerminal(args: string[], env = scripted.env): Terminal {
  const terminal = Terminal.lucid(args, env);
  opened.push(terminal);
  return terminal;
}

const readState = async (id: string) => (await openClient().sessions.read(id)).state;
const openClient = () => createClient({ baseUrl: scripted.engine.http, token: scripted.env.LUCID_TOKEN ?? '' });

test('a scripted agent is seen at work, and the command ends with the turn', async (t) => {
  const engine = await startTestEngine();
  t.after(() => engine.close());
  const env = { ...scripted.env, LUCID_URL: engine.http };
  const terminal = openTerminal(['run', 'Write hello world'], env);
  await terminal.see(/› Write hello world/);
  await terminal.see(/\x1b\[2mAnalyzing task: Write hello world/);
  await terminal.see(/\$ python3 project\/hello\.py[\s\S]*Hello from Lucid!/);
  await terminal.see(/✓ The agent has completed its task\./);
  await terminal.see(/lucid attach [\w-]{36}/);
  assert.equal(await terminal.ended, 0);
});

test('a person sees thoughts, commands, diffs and the cost, and says more while the agent works', async () => {
  const held = hold(answer({ text: 'Now I will do that, too.' }));
  scripted.plan(
    runsCommand('printf "a = 1\\n" > a.py', {
      thoughts: [{ text: 'I think first.', signature: 's' }],
      usage: { input: 1_000, output: 200 },
    }),
    answer({
      calls: [{ id: 'toolu_b', name: 'write', input: { path: 'b.py', content: 'b = 1\n' } }],
    }),
    answer({
      calls: [callsOf('anthropic').edit('b.py', 'b = 1', 'b = 2')],
    }),
    held.step,
    answer({ text: 'Both are done.' }),
  );
  const terminal = openTerminal(['run', 'Do it']);
  await terminal.see(/\x1b\[2mI think first\./);
  await terminal.see(/\$ printf/);
  await terminal.see(/write \S*b\.py/);
  await terminal.see(/\x1b\[31m {2}-b = 1/);
  await terminal.see(/\x1b\[32m {2}\+b = 2/);
  await terminal.see(/working \d+s · [\d.]+k in, \d+ out, \$0\.00\d\d/);
  terminal.type('And another thing');
  await terminal.see(/› And another thing/);
  held.release();
  await terminal.see(/Now I will do that, too\./);
  await terminal.see(/Both are done\./);
  await terminal.see(/✓ /);
  assert.equal(await terminal.ended, 0);
});

test('what the model is writing is seen before it is whole', async () => {
  const held = hold(silence('Half of a sen'));
  scripted.plan(held.step);
  const terminal = openTerminal(['run', 'Write']);
  await terminal.see(/working/);
  held.release();
  await terminal.see(/Half of a s/);
  terminal.press(keys.interrupt);
  await terminal.see(/✗ /);
});

test('Ctrl-C interrupts the turn and asks what to do instead; another one leaves, with code 130', async () => {
  scripted.plan(nothing(), answer({ text: 'Better now.' }));
  const terminal = openTerminal(['run', 'Go']);
  await terminal.see(/working/);
  terminal.press(keys.interrupt);
  await terminal.see(/Interrupting the turn\. Ctrl-C again leaves/);
  await terminal.see(/✗ .*interrupted/i);
  await terminal.see(/idle/);
  terminal.type('Go there instead');
  await terminal.see(/Better now\./);
  await terminal.see(/✓ /);
  assert.equal(await terminal.ended, 0);

  scripted.plan(nothing());
  const other = openTerminal(['run', 'Go']);
  await other.see(/working/);
  other.press(keys.interrupt);
  await other.see(/✗ [\s\S]*idle/);
  other.press(keys.interrupt);
  assert.equal(await other.ended, 130);
});

test('a turn that ends before a Ctrl-C has reached the engine ends the command by what came of it', async (t) => {
  const proxy = await CuttingProxy.start(scripted.engine.port);
  t.after(() => proxy.stop());
  const held = hold(answer({ text: 'All done.' }));
  scripted.plan(held.step);
  const terminal = openTerminal(['run', 'Go'], { ...scripted.env, LUCID_URL: proxy.url });
  await terminal.see(/working/);
  proxy.hold('toEngine');
  terminal.press(keys.interrupt);
  await terminal.see(/1 on the way/);
  held.release();
  await terminal.see(/All done\.[\s\S]*✓ /);
  assert.equal(await terminal.ended, 0); // The engine never hears that the connection is closed, either.
});

test('Ctrl-C twice ends the command, though the network is gone without a word', async (t) => {
  const proxy = await CuttingProxy.start(scripted.engine.port);
  t.after(() => proxy.stop());
  scripted.plan(nothing());
  const terminal = openTerminal(['run', 'Go'], { ...scripted.env, LUCID_URL: proxy.url });
  await terminal.see(/working/);
  proxy.hold('both');
  terminal.press(keys.interrupt + keys.interrupt);
  await terminal.see(/To come back: npx lucid attach/);
  assert.equal(await terminal.ended, 130);
});

test('Ctrl-C twice leaves the session to itself and says how to come back, which works', async () => {
  scripted.plan(runsCommand('echo first'), nothing(), answer({ text: 'I am still here.' }));
  const terminal = openTerminal(['run', 'Go']);
  await terminal.see(/\$ echo first[\s\S]*working/);
  terminal.press(keys.interrupt + keys.interrupt);
  await terminal.see(/To come back: npx lucid attach ([\w-]{36})/);
  assert.equal(await terminal.ended, 130);
  const [, id = ''] = /lucid attach ([\w-]{36})/.exec(terminal.raw) ?? [];

  const back = openTerminal(['attach', id]);
  await back.see(/› Go/);
  await back.see(/\$ echo first/);
  await back.see(/idle/);
  back.type('Say something');
  await back.see(/I am still here\./);
  await back.see(/idle/);
  back.press(keys.end);
  await back.see(/To come back/);
  assert.equal(await back.ended, 0);
  assert.equal(await readState(id), 'idle');
});

test('what somebody is typing when the agent is done is waited for', async () => {
  const held = hold(answer({ text: 'That was it.' }));
  scripted.plan(held.step, answer({ text: 'And that.' }));
  const terminal = openTerminal(['run', 'Go']);
  await terminal.see(/working/);
  terminal.press('And no');
  await terminal.see(/And no/);
  held.release();
  await terminal.see(/That was it\.[\s\S]*idle/);
  terminal.type('w this');
  await terminal.see(/› And now this/);
  await terminal.see(/And that\./);
  assert.equal(await terminal.ended, 0);
});

test('nothing that an agent or a command prints can move the cursor, set the title or reverse text', async () => {
  const evil = '\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x07\x1b[2J\x1b[31mred\u202Egnp.exe\u009b1A';
  const command = `printf '${evil.replaceAll('\x1b', '\\033').replaceAll('\x07', '\\007')}\\n'`;
  scripted.plan(
    runsCommand(command, { text: `Look: ${evil}`, thoughts: [{ text: evil, signature: 's' }] }),
    answer({ text: `${evil} done` }),
  );
  const terminal = openTerminal(['run', `Go ${evil}`]);
  await terminal.see(/ done/);
  assert.equal(await terminal.ended, 0);
  assert.doesNotMatch(terminal.raw, /\x1b\]|\x07|\x1b\[2J|\x1b\[31mred|[\u202e\u0080-\u009f]/);
  assert.match(terminal.raw, /Look: ␛\]0;owned␇/);
  assert.match(terminal.raw, /<U\+202E>gnp\.exe<009B>1A/);
});

test('NO_COLOR leaves the colours out', async () => {
  scripted.plan(answer({ thoughts: [{ text: 'Hm.', signature: 's' }], text: 'Plain.' }));
  const terminal = openTerminal(['run', 'Go'], { ...scripted.env, NO_COLOR: '1' });
  await terminal.see(/Plain\./);
  assert.equal(await terminal.ended, 0);
  assert.doesNotMatch(terminal.raw, /\x1b\[[\d;]+m/);
});

test('a login asks for the URL and the token, and shows nothing of the token', async (t) => {
  const XDG_CONFIG_HOME = await mkdtemp(path.join(tmpdir(), 'lucid-login-'));
  t.after(() => rm(XDG_CONFIG_HOME, { recursive: true }));
  const terminal = openTerminal(['login'], { XDG_CONFIG_HOME });
  await terminal.see(/URL of the engine \[http:\/\/localhost:8000\]: /);
  terminal.type(scripted.engine.http);
  await terminal.see(/Token \(it is not shown\): /);
  terminal.type(scripted.env.LUCID_TOKEN ?? '');
  await terminal.see(/Kept in .*login\.json/);
  assert.equal(await terminal.ended, 0);
  assert.ok(!terminal.raw.includes(scripted.env.LUCID_TOKEN ?? ''));
  const listed = openTerminal(['ls'], { XDG_CONFIG_HOME });
  await listed.see(/SESSION/);
  assert.equal(await listed.ended, 0);
});

test('an engine that goes away is waited for, which is said, and its session goes on', async (t) => {
  const proxy = await CuttingProxy.start(scripted.engine.port);
  t.after(() => proxy.stop());
  const held = hold(answer({ text: 'Still here.' }));
  scripted.plan(held.step);
  const terminal = openTerminal(['run', 'Go'], { ...scripted.env, LUCID_URL: proxy.url });
  await terminal.see(/working/);
  proxy.enginePort = 1; // Nothing listens there.
  proxy.cutAll();
  await terminal.see(/It is tried again\./);
  await terminal.see(/no connection/);
  proxy.enginePort = scripted.engine.port;
  await terminal.see(/The engine is back\./);
  held.release();
  await terminal.see(/Still here\./);
  assert.equal(await terminal.ended, 0);
});

test('an engine that stays away is given up after a while, with code 3 and how to come back', async (t) => {
  const proxy = await CuttingProxy.start(scripted.engine.port);
  t.after(() => proxy.stop());
  scripted.plan(nothing());
  const terminal = openTerminal(['run', '--patience', '1', 'Go'], { ...scripted.env, LUCID_URL: proxy.url });
  await terminal.see(/working/);
  proxy.enginePort = 1;
  proxy.cutAll();
  await terminal.see(/The engine has been away for 1s\. .*lucid attach/);
  assert.equal(await terminal.ended, 3);
});
