// What the agent asks is replied to in place, at a terminal; a script is told that somebody has to.
// biome-ignore-all lint/suspicious/noControlCharactersInRegex: what a terminal gets is full of them.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { answer } from '../../../actors/testing/provider/steps.ts';
import { waitUntilHolds } from '../../../engine/testing/rest.ts';
import { createClient } from '../../client/index.ts';
import { runCommand } from '../testing/run-command.ts';
import { type ScriptedEngine, startScriptedEngine } from '../testing/scripted-engine.ts';
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

function openTerminal(...args: string[]): Terminal {
  const terminal = Terminal.lucid(args, scripted.env);
  opened.push(terminal);
  return terminal;
}

/** Calls have ids of their own, as vendors give them: a reply belongs to a call. */
let calls = 0;
const callOf = (name: string, input: object) => answer({ calls: [{ id: `toolu_${++calls}`, name, input }] });
const asks = (question: string, options: string[]) => callOf('ask_user', { question, options });
const runs = (command: string) => callOf('bash', { command });

/** All that the model was sent by now. */
const readSent = () => JSON.stringify(scripted.provider.requests.at(-1));

test('a question is answered with the number of an option or in words, in the same terminal', async () => {
  scripted.plan(
    asks('Which database?', ['PostgreSQL', 'SQLite']),
    asks('Which port?', ['1', '2']),
    answer({ text: 'So be it.' }),
  );
  const terminal = openTerminal('run', 'Build it');
  await terminal.see(/\? Which database\?[\s\S]*1\. PostgreSQL[\s\S]*2\. SQLite/);
  await terminal.see(/It waits for you\. 1 to 2, or an answer in your own words\./);
  await terminal.see(/it waits for you/);
  terminal.type('2');
  await terminal.see(/› SQLite/);
  await terminal.see(/\? Which port\?[\s\S]*It waits for you/);
  terminal.type('80, please');
  await terminal.see(/› 80, please/);
  await terminal.see(/So be it\.[\s\S]*✓ /);
  assert.equal(await terminal.ended, 0);
});

test('a call is allowed once or for the session, or denied with words that the agent reads', async () => {
  scripted.plan(runs('echo one > one.txt'), runs('echo two > two.txt'), answer({ text: 'I stop here.' }));
  const terminal = openTerminal('run', '--ask', 'Write');
  await terminal.see(/echo one > one\.txt[\s\S]*y: allow once; a: allow for the session; n: deny/);
  terminal.type('yes, whatever you like');
  await terminal.see(/That decides nothing\. y: allow once/);
  terminal.type('y');
  await terminal.see(/echo two > two\.txt[\s\S]*It waits for you/);
  terminal.type('n not in this folder');
  await terminal.see(/not in this folder/);
  await terminal.see(/I stop here\.[\s\S]*✓ /);
  assert.equal(await terminal.ended, 0);
  assert.match(readSent(), /not in this folder/);
});

test('of several calls that wait the one that a reply is for is shown right above it', async () => {
  const run = (command: string) => ({ id: `toolu_${++calls}`, name: 'bash', input: { command } });
  const both = [run('echo one > one.txt'), run('echo two > two.txt')];
  scripted.plan(answer({ calls: both }), answer({ text: 'Both.' }));
  const terminal = openTerminal('run', '--ask', 'Write');
  await terminal.see(/two\.txt[\s\S]*\? The policy[^?]*echo one > one\.txt[^?]*It waits for you/);
  terminal.type('y');
  await terminal.see(/\? The policy[^?]*echo two > two\.txt[^?]*It waits for you/);
  terminal.type('y');
  await terminal.see(/Both\.[\s\S]*✓ /);
  assert.equal(await terminal.ended, 0);
});

test('a plan is allowed in the terminal of who comes later, and the agent goes on', async () => {
  scripted.plan(callOf('present_plan', { plan: 'First this,\nthen that.' }), answer({ text: 'As planned.' }));
  const first = openTerminal('run', '--plan', 'Plan it');
  await first.see(/\? First this,[\s\S]*then that\.[\s\S]*y: go on with it; n: not so/);
  first.press(keys.end);
  await first.see(/To come back: npx lucid attach [\w-]{36}/);
  assert.equal(await first.ended, 0);
  const [, id = ''] = /lucid attach ([\w-]{36})/.exec(first.raw) ?? [];
  const later = openTerminal('attach', id);
  await later.see(/\? First this,[\s\S]*It waits for you/);
  later.type('y but mind the tests');
  await later.see(/As planned\.[\s\S]*idle/);
  later.press(keys.end);
  assert.equal(await later.ended, 0);
  assert.match(readSent(), /mind the tests/);
});

test('nothing that a question holds can move the cursor or reverse text', async () => {
  const evil = '\x1b]0;owned\x07\x1b[2J\u202Egnp.exe';
  scripted.plan(asks(`Well ${evil}?`, [`one ${evil}`]), answer({ text: 'Thanks.' }));
  const terminal = openTerminal('run', 'Ask');
  await terminal.see(/\? Well ␛\]0;owned␇[\s\S]*1\. one ␛\]0;owned␇[\s\S]*It waits for you/);
  terminal.type('1');
  await terminal.see(/Thanks\./);
  assert.equal(await terminal.ended, 0);
  assert.doesNotMatch(terminal.raw, /\x1b\]|\x07|\x1b\[2J|\u202e/);
});

test('7: a script is told what waits, and a person replies to it from a terminal later', async () => {
  scripted.plan(runs('echo one > one.txt'), answer({ text: 'It is written.' }));
  const { code, stderr, stdout } = await runCommand(['run', '--json', '--ask', 'Write'], { env: scripted.env });
  assert.equal(code, 7);
  assert.match(stderr, /The agent waits for a decision: /);
  assert.match(stdout, /"type":"end".*"exitCode":7/);
  const [, id = assert.fail('no way back')] = /lucid attach ([\w-]{36})/.exec(stderr) ?? [];
  const terminal = openTerminal('attach', '--tail', '0', id);
  await terminal.see(/echo one > one\.txt[\s\S]*It waits for you/);
  terminal.type('a');
  await terminal.see(/It is written\./);
  terminal.press(keys.end);
  assert.equal(await terminal.ended, 0);
  const client = createClient({ baseUrl: scripted.engine.http, token: scripted.env.LUCID_TOKEN ?? '' });
  await waitUntilHolds(async () => assert.equal((await client.sessions.read(id)).state, 'idle'));
});

test('where nobody can reply, the agent is given no way to ask', async () => {
  scripted.plan(answer({ text: 'Done.' }));
  const { code } = await runCommand(['run', 'Go'], { env: scripted.env });
  assert.equal(code, 0);
  assert.doesNotMatch(readSent(), /ask_user/);
});
