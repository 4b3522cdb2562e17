// The image that agents work in has the programs that most repositories need, and lets the agent install more for itself.
import assert from 'node:assert/strict';
import type { Sandbox } from '../sandbox.ts';
import { dockerHooks, dockerTest, readOutputOf, TestSandboxes } from '../testing/docker-sandboxes.ts';

const sandboxes = new TestSandboxes();
let sandbox: Sandbox;
dockerHooks.before(async () => {
  sandbox = await sandboxes.open('image');
});
dockerHooks.after(async () => {
  await sandbox?.close();
  assert.deepEqual(await sandboxes.close(), []);
});

dockerTest('what is in a binary file can be looked at with file and xxd, as the tools advise', async () => {
  await readOutputOf(sandbox, "printf '\\177ELF' > /workspace/binary");
  assert.match(await readOutputOf(sandbox, 'file /workspace/binary'), /ELF/);
  assert.match(await readOutputOf(sandbox, 'xxd /workspace/binary'), /7f45 4c46/);
});

const programs =
  'bash cargo cc curl fd file g++ gh git go jq less make node npm npx pdftoppm pip pkg-config pnpm psql python python3 rg rustc sqlite3 ' +
  'ssh unzip uv wget xxd yarn zip';

dockerTest('the programs that most repositories need are there', async () => {
  const missing = `for name in ${programs}; do command -v $name >/dev/null || echo $name; done`;
  assert.equal(await readOutputOf(sandbox, missing), '');
  assert.match(await readOutputOf(sandbox, 'node --version'), /^v24\./);
});

dockerTest('what the agent installs for itself is found at once, without root', async () => {
  await sandbox.write('n/package.json', '{"name":"n","version":"1.0.0","bin":"n.js"}');
  await sandbox.write('n/n.js', '#!/usr/bin/env node\nconsole.log("by npm")');
  await sandbox.write('wheel.py', wheelProgram);
  await readOutputOf(sandbox, 'cd /workspace && npm install --global --silent --offline ./n');
  await readOutputOf(sandbox, 'python3 wheel.py && pip install --quiet --no-index ./p-1-py3-none-any.whl');
  assert.equal(await readOutputOf(sandbox, 'n; p'), 'by npm\nby pip\n');
});

/** Makes a package of Python, as pip takes it without a registry. */
const wheelProgram = `
import zipfile
with zipfile.ZipFile("p-1-py3-none-any.whl", "w") as z:
    z.writestr("p.py", "def main(): print('by pip')")
    z.writestr("p-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: p\\nVersion: 1\\n")
    z.writestr("p-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    z.writestr("p-1.dist-info/entry_points.txt", "[console_scripts]\\np = p:main\\n")
    z.writestr("p-1.dist-info/RECORD", "")
`;
