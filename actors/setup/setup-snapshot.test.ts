// A snapshot that fails leaves a session's way to its repository where git looks for it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gitConfigFile } from '../../sandbox/git/repository.ts';
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { succeeded } from '../../schema/error.ts';
import { keepSnapshot } from './setup-snapshot.ts';

test('git finds its settings again after a snapshot that throws, also where the session is stopped meanwhile', async () => {
  const ran: { command: string; isCut: boolean }[] = [];
  const stop = new AbortController();
  const sandbox: Sandbox = Object.assign(new MemorySandbox(), {
    kind: 'docker' as const,
    run: async (command: string, { signal }: { signal: AbortSignal }) => {
      ran.push({ command, isCut: signal.aborted });
      return succeeded({ kind: 'exited' as const, output: '', exitCode: 0 });
    },
    keepSnapshot: async () => {
      stop.abort();
      throw new Error('The disk is full.');
    },
  });
  await assert.rejects(keepSnapshot(sandbox, 'name', 'digest', stop.signal), /disk is full/);
  const last = ran.at(-1);
  assert.ok(last?.command.endsWith(`mv -f /tmp/lucid-gitconfig ${gitConfigFile}`));
  assert.equal(last?.isCut, false);
});
