// The client in the other runtimes that it is for: the same program follows a session in each.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { signTestToken, startTestEngine, type TestEngine } from '../../engine/testing/engine.ts';
import { leaveOut } from '../../sandbox/testing/left-out.ts';
import { bundle } from './testing/bundle.ts';
import { findRuntime, installRuntimes, runtimes } from './testing/runtimes.ts';

const run = promisify(execFile);
const reason = await installRuntimes();
if (reason !== undefined && process.env.REQUIRE_RUNTIMES === '1')
  throw new Error(`REQUIRE_RUNTIMES is 1, but ${reason}.`);

const program = `
import { createClient } from './client.mjs';
const { URL, TOKEN, WS } = globalThis.process.env;
const WebSocket = globalThis.WebSocket ?? (await import(WS)).WebSocket;
const lucid = createClient({ baseUrl: URL, token: TOKEN, WebSocket });
const session = await lucid.open({ task: 'Write hello world' });
for await (const event of session) {
  console.log(event.sequence);
  if (event.status === 'completed') await session.stop();
}`;

const withoutSocket = `
import { createClient } from './client.mjs';
await createClient({ baseUrl: 'http://127.0.0.1:9', token: 'a' }).open({ task: 'a' }).catch(({ message }) => console.log(message));`;

let engine: TestEngine;
let folder: string;
if (reason === undefined) {
  before(async () => {
    engine = await startTestEngine();
    folder = await mkdtemp(path.join(tmpdir(), 'lucid-runtimes-'));
    await writeFile(path.join(folder, 'client.mjs'), await bundle('index.ts', { format: 'esm', target: 'es2022' }));
    await writeFile(path.join(folder, 'program.mjs'), program);
    await writeFile(path.join(folder, 'without-socket.mjs'), withoutSocket);
  });
  after(async () => {
    await engine.close();
    await rm(folder, { recursive: true });
  });
}

async function runIn(runtime: readonly string[], file: string): Promise<string> {
  const { command, args, ws } = findRuntime(runtime);
  const env = { ...process.env, URL: engine.http, TOKEN: await signTestToken('ada'), WS: ws };
  const { stdout } = await run(command, [...args, file], { cwd: folder, env });
  return stdout.trim();
}

for (const [name, runtime] of Object.entries(runtimes)) {
  const follows = `a program follows a session in ${name}`;
  if (reason !== undefined) leaveOut(follows, reason);
  else
    test(follows, async () => {
      const sequences = (await runIn(runtime, 'program.mjs')).split('\n').map(Number);
      assert.ok(sequences.length > 10);
      assert.deepEqual(
        sequences,
        sequences.map((_, at) => at + 1),
      );
    });
}

if (reason === undefined)
  test('Node 20 without a WebSocket is told what to do, before anything is made', async () => {
    const said = await runIn(runtimes['Node 20 with the WebSocket of ws'], 'without-socket.mjs');
    assert.match(said, /^There is no WebSocket here: use Node 22 or later, or hand one in, /);
  });
