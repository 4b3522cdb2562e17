// The image that agents work in has the programs that the engine's own hints name.
import assert from 'node:assert/strict';
import type { Sandbox } from '../sandbox.ts';
import { dockerHooks, dockerTest, readOutputOf, TestSandboxes } from '../testing/docker-sandboxes.ts';

const sandboxes = new TestSandboxes();
let sandbox: Sandbox;
dockerHooks.before(async () => {
  sandbox = await sandboxes.open('image');
});
dockerHooks.after(async () => {
  await sandbox.close();
  assert.deepEqual(await sandboxes.close(), []);
});

dockerTest('what is in a binary file can be looked at with file and xxd, as the tools advise', async () => {
  await readOutputOf(sandbox, "printf '\\177ELF' > /workspace/binary");
  assert.match(await readOutputOf(sandbox, 'file /workspace/binary'), /ELF/);
  assert.match(await readOutputOf(sandbox, 'xxd /workspace/binary'), /7f45 4c46/);
});
