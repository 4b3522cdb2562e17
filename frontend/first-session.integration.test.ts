// Each way of docs/first-session.md works by copy and paste: its blocks are run as they stand, only elsewhere.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { browserTest, openBrowser } from '../engine/testing/chromium.ts';
import { startTestEngine, type TestEngine, testSecret } from '../engine/testing/engine.ts';
import { createClient } from './client/index.ts';
import { preparePython, testWithPython } from './python/testing/python-environment.ts';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '..');
const document = readFileSync(path.join(root, 'docs/first-session.md'), 'utf8');
const origin = 'http://localhost:3000';

// First: while a file waits, node:test ends what was declared so far, and the engine with it.
await preparePython();

let engine: TestEngine;
let folder: string;
let env: NodeJS.ProcessEnv;
before(async () => {
  engine = await startTestEngine(); // Which lets in the pages of its default.
  folder = await mkdtemp(path.join(tmpdir(), 'lucid-first-session-'));
  env = {
    ...process.env,
    SESSION_SECRET: testSecret,
    XDG_CONFIG_HOME: folder,
    LUCID_URL: engine.http, // In place of the default, where no engine is in a test.
    npm_config_offline: 'true',
    npm_config_audit: 'false',
  };
});
after(async () => {
  await engine?.close();
  await rm(folder, { recursive: true, force: true });
});

/** The blocks of a language below a heading, as they stand but for where the engine and the folder are. */
function blocksOf(heading: string, language: string): string[] {
  const start = document.indexOf(`${heading}\n`);
  const end = document.indexOf('\n## ', start + 1);
  const section = document.slice(start, end === -1 ? undefined : end);
  assert.ok(start >= 0, heading);
  return [...section.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, block = '']) =>
    block.replaceAll('localhost:8000', `localhost:${engine.port}`).replaceAll('/tmp/first-session', folder),
  );
}

const [firstHeading = ''] = document.split('\n');

/** Says the blocks one after another in a shell that stands in the clone. */
async function sayInShell(blocks: readonly string[]): Promise<string> {
  const script = [...blocksOf(firstHeading, 'bash'), ...blocks].join('\n');
  const { stdout } = await run('bash', ['-c', script], { cwd: root, env }).catch((error: { stdout: string }) => error);
  return stdout;
}

const readToken = async () => (await sayInShell(['echo "$TOKEN"'])).trim();

test('every block of the document belongs to a way that is tried', () => {
  const languages = [...document.matchAll(/^```(\w+)$/gm)].map(([, language]) => language);
  assert.deepEqual(languages, ['bash', 'bash', 'bash', 'bash', 'ts', 'tsx', 'html', 'bash', 'python']);
});

test('curl makes a session and follows it', async () => {
  const said = await sayInShell(blocksOf('## curl', 'bash'));
  assert.match(said, /"eventType":"FileWriteAction"[\s\S]*"status":"completed"/);
});

test('the command line runs a task', async () => {
  const said = await sayInShell(blocksOf('## The command line', 'bash'));
  assert.match(said, /write \/workspace\/project\/hello\.py[\s\S]*✓ /);
});

let installed: Promise<string> | undefined;
const installClient = () => {
  installed ??= sayInShell(blocksOf('## TypeScript', 'bash'));
  return installed;
};

test('a TypeScript program follows a session', async () => {
  await installClient();
  const [program = ''] = blocksOf('## TypeScript', 'ts');
  await writeFile(path.join(folder, 'first.mts'), program);
  const given = { ...env, TOKEN: await readToken() };
  const { stdout } = await run(process.execPath, ['first.mts'], { cwd: folder, env: given });
  assert.match(stdout, /FileWriteAction[\s\S]*AgentFinishAction/);
});

browserTest('a React page begins a session with a click and shows it', async (t) => {
  await installClient();
  // What the document installs from the registry is here.
  for (const name of ['react', 'react-dom', 'scheduler'])
    await symlink(path.join(root, 'node_modules', name), path.join(folder, 'node_modules', name));
  const [app = ''] = blocksOf('## React', 'tsx');
  const [html = ''] = blocksOf('## React', 'html');
  await writeFile(path.join(folder, 'app.tsx'), app);
  const options = /npx esbuild app\.tsx (.*?) --outdir=/.exec(document)?.[1]?.split(' ') ?? [];
  const esbuild = path.join(root, 'node_modules/esbuild/bin/esbuild');
  const { stdout: script } = await run(esbuild, ['app.tsx', ...options], { cwd: folder, maxBuffer: 16 * 1024 * 1024 });
  const browser = await openBrowser();
  t.after(() => browser.close());
  const opened = await browser.newPage();
  await opened.route(`${origin}/**`, (route) => {
    const isScript = route.request().url().endsWith('/app.js');
    return route.fulfill({ contentType: isScript ? 'text/javascript' : 'text/html', body: isScript ? script : html });
  });
  await opened.goto(`${origin}/?token=${await readToken()}`);
  await opened.getByRole('button').click();
  await opened.getByText('The session is idle.').waitFor();
  await opened.locator('ol').filter({ hasText: 'Hello from Lucid!' }).waitFor();
});

await testWithPython('a Python program of the document follows a session', async (runModule) => {
  const [program = ''] = blocksOf('## Python', 'python');
  await writeFile(path.join(folder, 'first.py'), program);
  const TOKEN = await readToken();
  await runModule(['first'], { PYTHONPATH: [folder, path.join(root, 'frontend/python/src')].join(':'), TOKEN });
  const { sessions } = await createClient({ baseUrl: engine.http, token: TOKEN }).sessions.list({ state: ['stopped'] });
  assert.equal(sessions.length, 1);
});
