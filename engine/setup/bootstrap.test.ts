// The preparation of a clone before its first command, with a stand-in for npm that needs no registry.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { on, once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { scalarFile } from './scalar.mjs';

const folder = mkdtempSync(join(tmpdir(), 'lucid-bootstrap-'));
after(() => rmSync(folder, { recursive: true }));

const uws = `node_modules/@uwsjs/${process.platform}-${process.arch}-${Number.parseInt(process.versions.node, 10)}`;
const lock = {
  packages: {
    '': { name: 'project' },
    workspace: { name: 'workspace' },
    'node_modules/workspace': { resolved: 'workspace', link: true },
    'node_modules/library': { version: '1.0.0', integrity: 'sha512-1' },
    'node_modules/@biomejs/biome': { version: '2.0.0', dev: true },
    [uws]: { version: '20.0.0', optional: true },
    'node_modules/for-another-platform': { version: '3.0.0', optional: true },
  },
};

/** A stand-in for npm: does what the setup sees of `npm ci`, with the project's own script, and counts its runs. */
const npm = `#!/usr/bin/env node
  import fs from 'node:fs';
  fs.appendFileSync('npm-calls', process.argv.slice(2, 3) + '\\n');
  if (process.env.NPM_FAILS) {
    console.error('npm error code ENOTFOUND\\nnpm error request to https://u:p@registry.private.example/x failed');
    console.error('npm error     at stack (trace)\\nnpm error getaddrinfo ENOTFOUND registry.private.example');
    process.exit(1);
  }
  setTimeout(() => {
    const { packages } = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'));
    delete packages[''];
    delete packages['node_modules/for-another-platform'];
    if (process.argv.includes('--workspace=frontend/console')) delete packages.workspace, delete packages['node_modules/workspace'];
    if (process.argv.includes('--omit=dev')) delete packages['node_modules/@biomejs/biome'];
    if (process.argv[2] === 'ci') fs.rmSync('node_modules', { recursive: true, force: true });
    for (const at of Object.keys(packages)) fs.mkdirSync(at, { recursive: true });
    fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages }));
    if (!process.argv.includes('--ignore-scripts')) import(process.cwd() + '/engine/setup/after-install.mjs');
  }, Number(process.env.NPM_TAKES_MS ?? 0));
`;

function clone(): string {
  const root = mkdtempSync(join(folder, 'clone-'));
  const setup = fileURLToPath(new URL('.', import.meta.url));
  cpSync(setup, join(root, 'engine/setup'), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify(lock));
  mkdirSync(join(root, 'bin'));
  mkdirSync(join(root, '.runtime'));
  writeFileSync(join(root, scalarFile), ''); // What `npm pack` would bring.
  writeFileSync(join(root, 'bin/npm'), npm);
  chmodSync(join(root, 'bin/npm'), 0o755);
  writeFileSync(
    join(root, 'engine/main.ts'),
    'console.log(process.env.FROM_FILE ?? process.argv.slice(2).join() as string);',
  );
  return root;
}

function start(root: string, command: string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  // The clone must not see the real node_modules/.bin and the caller's node options.
  const path = [join(root, 'bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter);
  return spawn(process.execPath, ['engine/setup/bootstrap.mjs', ...command], {
    cwd: root,
    env: { PATH: path, ...env },
  });
}

const run = (root: string, command: string[], env?: NodeJS.ProcessEnv) => endOf(start(root, command, env));

async function endOf(child: ChildProcess) {
  const [out, err] = [textOf(child.stdout), textOf(child.stderr)];
  const [code, signal] = await once(child, 'close');
  return { code, signal, out: await out, err: await err };
}

async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = '';
  for await (const chunk of stream ?? []) text += chunk;
  return text;
}

async function said(child: ChildProcess, word: string): Promise<void> {
  for await (const [chunk] of on(child.stdout ?? child, 'data')) if (String(chunk).includes(word)) return;
}

const npmCalls = (root: string) =>
  existsSync(join(root, 'npm-calls')) ? readFileSync(join(root, 'npm-calls'), 'utf8').trim().split('\n') : [];

const nothing = ['node', '-e', '0'];

test('the first command installs the packages and says so; the second does neither', async () => {
  const root = clone();
  const first = await run(root, ['engine/main.ts', 'a', 'b']);
  assert.deepEqual([first.code, first.out], [0, 'a,b\n']);
  assert.match(first.err, /^lucid: installing packages: done in \d+ s$/m);
  assert.deepEqual(await run(root, ['engine/main.ts', 'c']), { code: 0, signal: null, out: 'c\n', err: '' });
  assert.deepEqual(npmCalls(root), ['ci']);
});

test('packages that the user installed are used as they are', async () => {
  const root = clone();
  await once(spawn(join(root, 'bin/npm'), ['ci'], { cwd: root }), 'close');
  assert.equal((await run(root, nothing)).err, '');
  assert.deepEqual(npmCalls(root), ['ci']);
});

test('a changed lock file, a missing folder and an install that was cut short lead to another install', async () => {
  const root = clone();
  await run(root, nothing);
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify(lock).replace('sha512-1', 'sha512-2'));
  await run(root, nothing);
  assert.equal(npmCalls(root).length, 2);
  rmSync(join(root, 'node_modules/.lucid-stamp.json'));
  rmSync(join(root, 'node_modules/library'), { recursive: true });
  await run(root, nothing);
  assert.equal(npmCalls(root).length, 3);
  rmSync(join(root, 'node_modules/.package-lock.json'));
  await run(root, nothing);
  assert.equal(npmCalls(root).length, 4);
});

test('packages that npm installed without the project’s own script are installed again', async () => {
  const root = clone();
  await once(spawn(join(root, 'bin/npm'), ['ci', '--ignore-scripts'], { cwd: root }), 'close');
  await run(root, nothing);
  assert.deepEqual(npmCalls(root), ['ci', 'ci']);
});

test('an install by an older Node lacks the uWebSockets.js binary: it says so, and is made again', async () => {
  const root = clone();
  await once(spawn(join(root, 'bin/npm'), ['ci', '--ignore-scripts'], { cwd: root }), 'close');
  const asNode20 = `Object.defineProperty(process.versions, 'node', { value: '20.20.2' });`;
  writeFileSync(join(root, 'as-node-20.mjs'), asNode20);
  const args = ['--import', './as-node-20.mjs', 'engine/setup/after-install.mjs'];
  const { code, err } = await endOf(spawn(process.execPath, args, { cwd: root }));
  assert.equal(code, 0);
  assert.match(err, /^lucid: these packages are for Node 20, which the engine doesn't run on: .*\n$/);
  await run(root, nothing);
  assert.deepEqual(npmCalls(root), ['ci', 'ci']);
});

test('scripts that prepare nothing say what is missing, and read .env', async () => {
  const root = clone();
  writeFileSync(join(root, '.env'), 'FROM_FILE=file');
  const args = ['--import', './engine/setup/require-prepared.mjs', 'engine/main.ts'];
  const script = (env: NodeJS.ProcessEnv = {}) => endOf(spawn(process.execPath, args, { cwd: root, env }));
  const refusal =
    "lucid: the packages aren't there as package-lock.json has them: run `npm run setup` once, which brings them into this folder\n";
  assert.deepEqual(await script(), { code: 1, signal: null, out: '', err: refusal });
  const { code, out } = await run(root, []);
  assert.deepEqual([code, out], [0, '']);
  assert.deepEqual(await script(), { code: 0, signal: null, out: 'file\n', err: '' });
  assert.equal((await script({ FROM_FILE: 'environment' })).out, 'environment\n');
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify(lock).replace('sha512-1', 'sha512-2'));
  assert.equal((await script()).err, refusal);
});

test('the engine’s own scripts need no development packages, the others do', async () => {
  const root = clone();
  await run(root, ['engine/main.ts']);
  writeFileSync(join(root, 'check.mjs'), '');
  const script = (file: string) =>
    endOf(spawn(process.execPath, ['--import', './engine/setup/require-prepared.mjs', file], { cwd: root }));
  assert.equal((await script('engine/main.ts')).code, 0);
  assert.equal((await script('check.mjs')).code, 1);
});

test('scripts that prepare nothing say that another Node is needed', async () => {
  const root = clone();
  writeFileSync(join(root, 'as-node-20.mjs'), `Object.defineProperty(process.versions, 'node', { value: '20.20.2' });`);
  const args = ['--import', './as-node-20.mjs', '--import', './engine/setup/require-prepared.mjs', 'engine/main.ts'];
  const { code, out, err } = await endOf(spawn(process.execPath, args, { cwd: root }));
  assert.deepEqual([code, out], [1, '']);
  assert.match(err, /^lucid: this is Node 20, and Node 24 is needed: run `npm run setup` once, which brings it .*\n$/);
});

test('the engine starts without development packages and workspaces; other commands fetch them', async () => {
  for (const environment of [{}, { NODE_ENV: 'production' }]) {
    const root = clone();
    const isThere = () => ['@biomejs/biome', 'workspace'].map((name) => existsSync(join(root, 'node_modules', name)));
    assert.equal((await run(root, ['engine/main.ts'], environment)).code, 0);
    assert.equal((await run(root, ['engine/main.ts'])).err, '');
    assert.deepEqual(isThere(), [false, false]);
    await run(root, nothing, environment);
    assert.deepEqual(isThere(), [true, true]);
    assert.equal((await run(root, nothing)).err, '');
  }
});

/** A console whose build says that it was run. */
function addConsole(root: string, build: string): void {
  for (const folder of ['frontend/client', 'frontend/console/src', 'schema', 'node_modules/vite'])
    mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'node_modules/vite/package.json'), '{}');
  writeFileSync(join(root, 'frontend/console/build.mjs'), build);
  writeFileSync(join(root, 'frontend/console/src/page.tsx'), 'one');
}

test('the console is built when what it is made of has changed, and only then', async () => {
  const root = clone();
  await run(root, nothing);
  addConsole(
    root,
    "import fs from 'node:fs'; fs.mkdirSync('frontend/console/dist', { recursive: true }); fs.appendFileSync('builds', 'x');",
  );
  const builds = () => readFileSync(join(root, 'builds'), 'utf8').length;
  assert.match((await run(root, nothing)).err, /building the console: done/);
  assert.equal((await run(root, nothing)).err, '');
  assert.equal(builds(), 1);
  writeFileSync(join(root, 'frontend/console/src/page.tsx'), 'two');
  await run(root, ['engine/main.ts']);
  assert.equal(builds(), 2);
});

test('a console that can not be built is told, and the engine starts without it', async () => {
  const root = clone();
  await run(root, nothing);
  addConsole(root, "throw new Error('page.tsx is no page');");
  const broken = await run(root, ['engine/main.ts']);
  assert.equal(broken.code, 0);
  assert.match(broken.err, /the engine starts without the console:[\s\S]*page\.tsx is no page/);
  rmSync(join(root, 'node_modules/vite'), { recursive: true });
  assert.match((await run(root, ['engine/main.ts'])).err, /npm run setup/);
});

test('an engine that starts with another lock file leaves a clone the development packages it had', async () => {
  const root = clone();
  await run(root, nothing);
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify(lock).replace('sha512-1', 'sha512-2'));
  await run(root, ['engine/main.ts']);
  assert.equal(existsSync(join(root, 'node_modules/@biomejs/biome')), true);
  assert.equal((await run(root, nothing)).err, '');
  assert.deepEqual(npmCalls(root), ['ci', 'ci']);
});

test('two commands at once install once', async () => {
  const root = clone();
  const slow = { NPM_TAKES_MS: '3000' }; // Longer than a busy machine takes to start the other command.
  const both = await Promise.all([run(root, nothing, slow), run(root, nothing, slow)]);
  assert.deepEqual(
    both.map(({ code }) => code),
    [0, 0],
  );
  assert.deepEqual(npmCalls(root), ['ci']);
  assert.equal(both.filter(({ err }) => err.includes('waiting for process')).length, 1);
});

test('beside an engine packages are added, and none is replaced, which is said with its process', async () => {
  const root = clone();
  writeFileSync(join(root, 'engine/main.ts'), `setInterval(() => {}, 1e3); console.log('up' as string);`);
  const engine = start(root, ['--keep-alive', 'engine/main.ts']);
  await said(engine, 'up');
  writeFileSync(join(root, 'node_modules/library/kept'), '');
  assert.equal((await run(root, [])).code, 0);
  assert.deepEqual(npmCalls(root), ['ci', 'install']);
  assert.equal(existsSync(join(root, 'node_modules/library/kept')), true);
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify(lock).replace('sha512-1', 'sha512-2'));
  const refused = await run(root, nothing);
  assert.equal(refused.code, 1);
  assert.match(
    refused.err,
    new RegExp(`^lucid: other packages are needed, and the engine that process ${engine.pid} runs`),
  );
  engine.kill('SIGTERM');
  await once(engine, 'exit');
  assert.equal((await run(root, nothing)).code, 0);
  assert.deepEqual(npmCalls(root), ['ci', 'install', 'ci']);
});

test('an engine that was killed keeps nobody from installing', async () => {
  const root = clone();
  writeFileSync(join(root, 'engine/main.ts'), `console.log('up' as string);`);
  await run(root, ['engine/main.ts']);
  const script = `import { signInEngine } from './engine/setup/running-engines.mjs';
    signInEngine(process.cwd()); process.kill(process.pid, 'SIGKILL');`;
  await once(spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: root }), 'exit');
  assert.equal(readdirSync(join(root, '.runtime/engines')).length, 1);
  writeFileSync(join(root, 'package-lock.json'), JSON.stringify(lock).replace('sha512-1', 'sha512-2'));
  assert.equal((await run(root, nothing)).code, 0);
  assert.deepEqual(readdirSync(join(root, '.runtime/engines')), []);
});

test('without a registry the setup ends with one sentence and npm’s last lines, without addresses', async () => {
  const { code, err } = await run(clone(), nothing, { NPM_FAILS: '1' });
  assert.equal(code, 1);
  assert.match(err, /^lucid: installing packages failed: the package registry is unreachable; npm said:$/m);
  assert.match(err, /getaddrinfo ENOTFOUND <registry>$/m);
  assert.doesNotMatch(err, /private|u:p|stack/);
});

test('an install that is stopped leaves no lock, and the lock of one that is killed makes nobody wait', async () => {
  const root = clone();
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const child = start(root, nothing, { NPM_TAKES_MS: '3000' });
    await once(child.stderr ?? child, 'data');
    await sleep(100);
    child.kill(signal);
    const [code] = await once(child, 'exit');
    assert.equal(code, signal === 'SIGTERM' ? 143 : null);
    assert.equal(readdirSync(join(root, '.runtime')).includes('lock'), signal === 'SIGKILL');
  }
  assert.equal((await run(root, nothing)).code, 0);
});

test('each signal reaches the command once, and the setup ends with the command’s exit code', async () => {
  const root = clone();
  const script = `let n = 0; process.on('SIGTERM', () => { console.log('heard'); if (++n === 2) process.exit(7); });
    setInterval(() => {}, 1e3); console.log('up')`;
  const child = start(root, ['node', '-e', script]);
  await said(child, 'up');
  child.kill('SIGTERM');
  await said(child, 'heard'); // A signal that waits for its process takes the next one with it.
  await sleep(200);
  assert.equal(child.exitCode, null, 'one signal must not count as two');
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [7, null]);
});

test('when a signal kills the command, the setup ends by the same signal', async () => {
  const { code, signal } = await run(clone(), ['node', '-e', `process.kill(process.pid, 'SIGKILL')`]);
  assert.deepEqual([code, signal], [null, 'SIGKILL']);
});

test('a missing program is named', async () => {
  const { code, err } = await run(clone(), ['no-such-program']);
  assert.equal(code, 127);
  assert.match(err, /there is no program named no-such-program/);
});

test('a TypeScript command gets the variables of .env, over which those of the environment go', async () => {
  const root = clone();
  writeFileSync(join(root, '.env'), 'FROM_FILE=file');
  assert.equal((await run(root, ['engine/main.ts'])).out, 'file\n');
  assert.equal((await run(root, ['engine/main.ts'], { FROM_FILE: 'environment' })).out, 'environment\n');
});

test('compiled code is kept for the next start, in the clone or in the user’s NODE_COMPILE_CACHE', async () => {
  const root = clone();
  const kept = join(root, '.runtime/compile-cache');
  await run(root, nothing);
  assert.equal(existsSync(kept), false);
  const elsewhere = join(root, 'elsewhere');
  await run(root, ['engine/main.ts'], { NODE_COMPILE_CACHE: elsewhere });
  assert.equal(existsSync(kept), false);
  assert.notEqual(readdirSync(elsewhere).length, 0);
  await run(root, ['engine/main.ts']);
  assert.equal(readdirSync(kept).length, 1);
});
