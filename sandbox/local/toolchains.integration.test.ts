// Confined commands find the machine's toolchains, behind what the agent has installed for itself.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { test } from 'node:test';
import { unwrap } from '../conformance/tested-sandbox.ts';
import { canConfine, openConfinementHere } from '../testing/confinement-here.ts';
import { requestOf } from '../testing/sandbox-request.ts';
import { LocalSource } from './local-source.ts';
import { environmentOfToolchains, findToolchains } from './toolchains.ts';

const isConfined = await canConfine('the toolchains of confined commands');

test('the machine’s toolchains are found, read-only, behind what the agent has installed for itself', async (t) => {
  if (!isConfined) return;
  const base = await mkdtemp('/tmp/lucid-toolchains-');
  const source = new LocalSource(base, openConfinementHere(base));
  t.after(async () => {
    await source.close();
    await rm(base, { recursive: true, force: true });
  });
  const { sandbox } = unwrap(await source.open(requestOf('toolchains')));
  const readOutput = async (command: string) =>
    unwrap(await sandbox.run(command, { timeoutMs: 10_000, signal: t.signal })).output;
  const { programFolders } = environmentOfToolchains(findToolchains());
  const order = ['/.local/bin', '/.cargo/bin', '/go/bin', ...programFolders, '/usr/bin'];
  assert.match(await readOutput('echo "$PATH"'), new RegExp(order.join('(:|:.*:|:[^:]*)')));
  for (const folder of programFolders) {
    assert.match(await readOutput(`ls ${folder} | head -1`), /^\w/, folder);
    assert.match(await readOutput(`touch ${folder}/x 2>&1`), /Read-only|Permission denied/, folder);
  }
  await readOutput(`mkdir -p ~/.local/bin; printf '#!/bin/sh\necho mine' >~/.local/bin/go; chmod +x ~/.local/bin/go`);
  assert.equal(await readOutput('go'), 'mine\n');
  await sandbox.close();
});
