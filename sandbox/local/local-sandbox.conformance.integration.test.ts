// The local sandbox conforms to the contract, with its commands confined and without.
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { after } from 'node:test';
import { v7 as uuid } from 'uuid';
import { testSandboxContract } from '../conformance/sandbox-contract.ts';
import { unwrap } from '../conformance/tested-sandbox.ts';
import { canConfine } from '../testing/confinement-here.ts';
import { requestOf } from '../testing/sandbox-request.ts';
import { openConfinement, unconfined } from './confinement.ts';
import { LocalSource } from './local-source.ts';

const base = mkdtempSync('/tmp/lucid-conformance-');
const sources: LocalSource[] = [];
after(async () => {
  for (const source of sources) await source.close();
  rmSync(base, { recursive: true, force: true });
});

function makeOpener(source: LocalSource) {
  sources.push(source);
  return async () => {
    const request = requestOf(uuid());
    return unwrap(await source.open(request)).sandbox;
  };
}

const plain = new LocalSource(path.join(base, 'plain'), Promise.resolve(unconfined));
testSandboxContract('The unconfined local sandbox', makeOpener(plain), { bash: true });

if (await canConfine('the conformance of confined commands')) {
  const folder = path.join(base, 'confined');
  const confined = new LocalSource(folder, openConfinement([folder]));
  testSandboxContract('The confined local sandbox', makeOpener(confined), { bash: true });
}
