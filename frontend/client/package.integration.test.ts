// The package as docs/clients.md has it made and installed: small, without dependencies, and of use in an empty folder, its types too.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { transform } from 'esbuild';
import { makePng } from '../../actors/testing/pictures.ts';
import { signTestToken, startTestEngine } from '../../engine/testing/engine.ts';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '../..');
const sizeBytesMax = 12 * 1024;

const document = await readFile(path.join(root, 'docs/clients.md'), 'utf8');

let folder: string;
let installed: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lucid-client-'));
  await writeFile(path.join(folder, 'package.json'), '{"private":true,"type":"module"}');
  const [, lines = assert.fail('there are none')] = /^```bash\nnpm run setup.*?\n(.*?)^```/ms.exec(document) ?? [];
  const env = { ...process.env, npm_config_offline: 'true' };
  await run('bash', ['-ec', lines.replaceAll('../my-app', folder)], { cwd: root, env });
  installed = path.join(folder, 'node_modules/lucid-client');
});
after(() => rm(folder, { recursive: true, force: true }));

test(`what is published has at most ${sizeBytesMax} bytes, made small and compressed`, async () => {
  const { code } = await transform(await readFile(path.join(installed, 'dist/index.js')), { minify: true });
  const bytes = gzipSync(code, { level: 9 }).length;
  assert.ok(bytes <= sizeBytesMax, `it has ${bytes} bytes`);
});

test('it brings no other package, nothing of Node, and its license', async () => {
  assert.deepEqual(
    await readdir(path.join(folder, 'node_modules')).then((all) => all.filter((name) => name[0] !== '.')),
    ['lucid-client'],
  );
  for (const file of ['index.js', 'react.js']) {
    const text = await readFile(path.join(installed, 'dist', file), 'utf8');
    const imported = [...text.matchAll(/\bfrom ["']([^"']+)["']|\bimport\(|\brequire\(/g)].map(([, name]) => name);
    assert.deepEqual(imported, file === 'react.js' ? ['react'] : []);
  }
  assert.match(await readFile(path.join(installed, 'dist/LICENSE'), 'utf8'), /MIT License/);
});

/** Runs a program where the package is installed, with an engine and a token in its environment. */
async function runProgram(t: TestContext, program: string): Promise<string[]> {
  const engine = await startTestEngine();
  t.after(() => engine.close());
  await writeFile(path.join(folder, 'program.js'), program.replace('http://localhost:8000', engine.http));
  const env = { TOKEN: await signTestToken('ada') };
  const { stdout } = await run(process.execPath, ['program.js'], { cwd: folder, env });
  return stdout.trim().split('\n');
}

test('a program in an empty folder follows a session with it', async (t) => {
  const lines = await runProgram(
    t,
    `import { createClient } from 'lucid-client';
    const lucid = createClient({ baseUrl: 'http://localhost:8000', token: process.env.TOKEN });
    const session = await lucid.open({ task: 'Write hello world' });
    for await (const event of session) {
      console.log(event.sequence, event.type);
      if (event.type === 'status' && event.status === 'completed') await session.stop();
    }`,
  );
  assert.deepEqual(
    lines.map((line) => Number.parseInt(line, 10)),
    lines.map((_, at) => at + 1),
  );
  assert.match(lines.at(-1) ?? '', /status$/);
});

const examples = [...document.matchAll(/^```ts\n(.*?)^```/gms)].map(([, example = '']) => example);

test('the example of docs/clients.md works as it stands', async (t) => {
  const lines = await runProgram(t, `const fetchToken = () => process.env.TOKEN;\n${examples[0]}`);
  assert.equal(lines[0], 'ThinkAction Analyzing task: Write hello world');
});

test('so does the one of files and of choices for a message', async (t) => {
  const lines = await runProgram(
    t,
    `import { createClient, findFilesProblem } from 'lucid-client';
    const lucid = createClient({ baseUrl: 'http://localhost:8000', token: process.env.TOKEN });
    const bytes = Buffer.from('${makePng(3, 2).toString('base64')}', 'base64');
    ${examples[1]}
    const seen = [];
    for await (const event of session) {
      if (event.type === 'ack') seen.push(event.content, event.attachments?.map(({ mediaType }) => mediaType));
      if (seen.length === 6) break;
    }
    const many = Array.from({ length: 11 }, () => shot);
    const refused = await lucid.open({ task: 'Look' }, { files: many }).catch(({ code, message }) => [code, message]);
    console.log(JSON.stringify([seen, refused, findFilesProblem(many)?.message]));
    session.detach();`,
  );
  const words = 'shot.png: At most 10 files come with a message.';
  assert.deepEqual(JSON.parse(lines.at(-1) ?? ''), [
    ['Make the page look like this', ['image/png'], 'Now add unit tests', null, 'And like this', ['image/png']],
    ['invalid', words],
    words,
  ]);
});

/** Uses what there is as its types say, and in the marked lines as they forbid. */
const typedProgram = `
  import { createClient, findFilesProblem, LucidError, type SessionEvent, type Usage } from 'lucid-client';
  import { useSession } from 'lucid-client/react';
  const lucid = createClient({ baseUrl: 'http://localhost:8000', token: async () => 'a' });
  // @ts-expect-error: a task is needed
  await lucid.open({});
  const session = await lucid.open({ task: 'Write hello world', branch: 'main' });
  for await (const event of session) {
    const { sequence }: { sequence: number } = event;
    if (event.type === 'agent_event') console.log(sequence, event.eventType.length, event.exitCode?.toFixed());
    // @ts-expect-error: pongs are no events
    if (event.type === 'pong') console.log(event);
  }
  const stop: () => void = session.on('gap', (gap) => gap.reason === 'missing' && console.log(gap.fromSequence));
  const { sequence }: { sequence: number } = await session.send('More');
  const shot = new File(['a'], 'a.txt');
  await session.send('More', { model: 'anthropic/claude-haiku-5-5', effort: 'low', maxIterations: 5, attachments: ['a'] });
  // @ts-expect-error: there is no such effort
  await session.send('More', { effort: 'enormous' });
  await lucid.sessions.send(session.id, 'More', { files: [shot] }, { budgetUsd: 1 });
  const told: (string | undefined)[] = [findFilesProblem([shot])?.message, session.state.now?.plan?.[0]?.text];
  const { state, usage } = await lucid.sessions.read(session.id);
  // @ts-expect-error: there is no such state
  if (state === 'sleeping') stop();
  const costUsd: number | undefined = usage.costUsd;
  const chats: string[] = (await lucid.chats.list({ limit: 1 })).chats.map(({ title }) => title);
  // @ts-expect-error: a number
  await lucid.chats.list({ limit: 'one' });
  const [first] = (await lucid.files.list(session.id)).tree;
  if (first?.type === 'folder') console.log(first.children[0]?.name, chats, costUsd, sequence, told);
  try { session.detach(); } catch (error) { if (error instanceof LucidError && error.code === 'draining') throw error; }
  export function useUsage(id: string): { usage: Usage | null; events: readonly SessionEvent[] } {
    return useSession(lucid, id);
  }
`;

/** What whoever uses React, or writes for Node, has. */
async function linkOtherTypes(): Promise<void> {
  await mkdir(path.join(folder, 'node_modules/@types'), { recursive: true });
  for (const name of ['@types/react', 'csstype', '@types/node', 'undici-types'])
    await symlink(path.join(root, 'node_modules', name), path.join(folder, 'node_modules', name));
}

test('its types are right for strict programs, of pages and of Node, however their modules are found', async () => {
  await linkOtherTypes();
  await writeFile(path.join(folder, 'typed.ts'), typedProgram);
  const typescript = path.join(root, 'node_modules/typescript/bin/tsc');
  const strict = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2022'];
  for (const [module = '', lib = '', types = ''] of [
    ['nodenext', 'es2022,dom', ''],
    ['preserve', 'es2022,dom', ''],
    ['nodenext', 'es2022', 'node'],
  ]) {
    const options = [...strict, '--module', module, '--lib', lib, '--types', types];
    const { stdout } = await run(process.execPath, [typescript, ...options, 'typed.ts'], { cwd: folder }).catch(
      (error: { stdout: string }) => error,
    );
    assert.equal(stdout, '', `${module} ${lib}`);
  }
});
