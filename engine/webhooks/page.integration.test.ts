// The programs of docs/webhooks.md do what the page says of them.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Webhook } from 'standardwebhooks';
import { findFreePort } from '../database/embedded/free-port.ts';
import { waitUntil } from '../testing/rest.ts';
import { makeSecret } from './webhook-secret.ts';

const page = readFileSync(new URL('../../docs/webhooks.md', import.meta.url), 'utf8');

function blockOf(language: string): string {
  const [, block] = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page) ?? [];
  assert.ok(block, language);
  return block;
}

const secret = makeSecret();
const body = '{"type":"turn.completed","data":{"sessionId":"s-é"}}';

/** As the engine signs a delivery. */
function headersAt(sentMs: number): Record<string, string> {
  return {
    'webhook-id': 'e-1',
    'webhook-timestamp': String(Math.floor(sentMs / 1_000)),
    'webhook-signature': new Webhook(secret).sign('e-1', new Date(sentMs), body),
  };
}

test('the Python of the page takes what is signed, and neither what was changed nor what is old', async () => {
  const asked = [
    [headersAt(Date.now()), body],
    [headersAt(Date.now()), body.replace('s-', 't-')],
    [headersAt(Date.now() - 600_000), body],
  ];
  const program = `${blockOf('python')}
import json, sys
secret, asked = json.load(sys.stdin)
print(json.dumps([is_from_lucid(secret, headers, body.encode()) for headers, body in asked]))`;
  const running = promisify(execFile)('python3', ['-c', program]);
  running.child.stdin?.end(JSON.stringify([secret, asked]));
  assert.deepEqual(JSON.parse((await running).stdout), [true, false, false]);
});

test('the TypeScript of the page is a receiver that answers 204, and 401 to what was changed', async (t) => {
  const port = await findFreePort();
  const program = blockOf('ts');
  assert.match(program, /listen\(9000\)/);
  const folder = await mkdtemp(path.join(tmpdir(), 'lucid-page-'));
  await symlink(path.join(import.meta.dirname, '../../node_modules'), path.join(folder, 'node_modules'));
  const file = path.join(folder, 'receiver.ts');
  await writeFile(file, program.replace('9000', String(port)));
  const receiver = spawn(process.execPath, [file], {
    env: { ...process.env, LUCID_WEBHOOK_SECRET: secret },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(async () => {
    receiver.kill('SIGKILL');
    await once(receiver, 'exit');
    await rm(folder, { recursive: true });
  });
  const printed: Buffer[] = [];
  receiver.stdout.on('data', (chunk: Buffer) => printed.push(chunk));
  const post = (text: string) =>
    fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers: headersAt(Date.now()), body: text });
  await waitUntil(() =>
    post(body).then(
      ({ status }) => status === 204,
      () => false,
    ),
  );
  assert.equal((await post(body.replace('s-', 't-'))).status, 401);
  assert.match(Buffer.concat(printed).toString(), /^e-1 turn\.completed s-é\n/);
});
