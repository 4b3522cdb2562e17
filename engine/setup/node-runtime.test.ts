// The Node that the engine gets, depending on the one that is running.
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import { findUsableNode, installNode, linkNode, pinnedVersion } from './node-runtime.mjs';

const root = mkdtempSync(join(tmpdir(), 'lucid-runtime-'));
const callersPath = process.env.PATH ?? '';
after(() => {
  process.env.PATH = callersPath;
  rmSync(root, { recursive: true });
});

const lock = { alsoHeldBy() {}, release() {} };
const { signal } = new AbortController();
const pinned = join(root, '.runtime/node_modules/node/bin/node');

/** A stand-in for npm that brings a "Node" which only knows its version. */
function npmBrings(version: string): void {
  const node = `#!/bin/sh\necho v${version}\n`;
  const script = `#!/bin/sh\necho "$@" > ${root}/npm-arguments\nmkdir -p ${join(pinned, '..')}\nprintf '${node.replaceAll('\n', '\\n')}' > ${pinned}\nchmod 755 ${pinned}\n`;
  mkdirSync(join(root, 'bin'), { recursive: true });
  writeFileSync(join(root, 'bin/npm'), script);
  chmodSync(join(root, 'bin/npm'), 0o755);
  process.env.PATH = [join(root, 'bin'), callersPath].join(delimiter);
}

test('a running Node that has a uWebSockets.js binary is used as it is', () => {
  assert.deepEqual(findUsableNode(root, { version: '24.0.1', path: '/n' }), { path: '/n', major: 24 });
  assert.deepEqual(findUsableNode(root, { version: '26.3.0', path: '/n' }), { path: '/n', major: 26 });
  assert.equal(findUsableNode(root, { version: '20.20.2', path: '/n' }), undefined);
  assert.equal(findUsableNode(root, { version: '25.1.0', path: '/n' }), undefined);
});

test('in place of an older Node the pinned release is installed, without install scripts, and kept', async () => {
  mkdirSync(join(root, '.runtime'));
  npmBrings(pinnedVersion);
  assert.deepEqual(await installNode({ root, signal, lock }), { path: pinned, major: 24 });
  assert.match(readFileSync(join(root, 'npm-arguments'), 'utf8'), new RegExp(`node@npm:node\\S*@${pinnedVersion} `));
  assert.deepEqual(findUsableNode(root, { version: '20.20.2', path: '/n' }), { path: pinned, major: 24 });
});

test('another release in .runtime is replaced; a release that does not run here is an error', async () => {
  rmSync(join(root, '.runtime/node-version'));
  npmBrings('24.0.0');
  writeFileSync(pinned, 'not a program');
  await assert.rejects(installNode({ root, signal, lock }), { expected: true, message: /install Node 24/ });
  assert.equal(findUsableNode(root, { version: '20.20.2', path: '/n' }), undefined);
});

test('scripts of npm get the pinned Node by a link, and the running one without it', () => {
  const link = join(root, 'node_modules/.bin/node');
  linkNode(root, pinned);
  assert.equal(realpathSync(link), realpathSync(pinned));
  linkNode(root, '/usr/bin/node');
  assert.equal(existsSync(link), false);
});

test('the Node that the link leads to is replaced like any other when another release is pinned', () => {
  writeFileSync(join(root, '.runtime/node-version'), '24.0.0 linux x64\n');
  assert.equal(findUsableNode(root, { version: '24.0.0', path: pinned }), undefined);
});
