// What a driver of sandboxes throws becomes a failure of one session, and is reported.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unwrap } from './conformance/tested-sandbox.ts';
import { GuardedSource } from './guarded-source.ts';
import { MemorySandbox } from './memory/memory-sandbox.ts';
import type { Sandbox } from './sandbox.ts';
import { requestOf } from './testing/sandbox-request.ts';

const throws = async () => {
  throw new Error('ENAMETOOLONG');
};

class Throwing extends MemorySandbox {
  override run = throws;
  override read = throws;
  override write = throws;
  override list = throws;
  override release = throws;
  override abandon = throws;
  override close = throws;
}

test('a sandbox that can not be removed is reported, and ends nothing else', async () => {
  const reports: string[] = [];
  const sandbox: Sandbox = new Throwing();
  const source = {
    open: async () => ({ ok: true as const, value: { sandbox, isFresh: true } }),
    remove: throws,
    close: throws,
  };
  const guarded = new GuardedSource(source, (reason) => reports.push(reason));
  const { sandbox: held } = unwrap(await guarded.open(requestOf('s')));
  const signal = new AbortController().signal;
  for (const answer of [held.run('ls', { timeoutMs: 1, signal }), held.read('a'), held.write('a', ''), held.list()])
    assert.equal((await answer).ok, false);
  for (const act of [held.release(), held.abandon(), held.close(), guarded.close()]) await act;
  assert.equal(reports.length, 8);
  assert.ok(reports.every((reason) => reason.includes('ENAMETOOLONG')));
  assert.equal(held.kind, 'memory');
  assert.equal(Number(unwrap(await held.measureUsage()).diskBytes) >= 0, true);
});

test('a source that throws answers with a failure', async () => {
  const guarded = new GuardedSource(
    { open: throws, remove: async () => undefined, close: async () => undefined },
    () => undefined,
  );
  assert.equal((await guarded.open(requestOf('s'))).ok, false);
});
