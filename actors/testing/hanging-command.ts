// A session whose agent waits for a command that never ends.
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import type { RunOptions, RunResult } from '../../sandbox/sandbox.ts';
import { type Outcome, succeeded } from '../../schema/error.ts';
import { waitUntil } from './event-loop.ts';
import { answerWith, FakeModel, shell } from './fake-model.ts';
import { createSession, type TestSession } from './test-session.ts';

/** A sandbox whose commands run until they are cancelled. */
export class HangingSandbox extends MemorySandbox {
  isRunning = false;
  isClosed = false;
  /** What was done to it, or to a command in it, in order. */
  readonly did: string[] = [];

  override run(_: string, { signal }: RunOptions): Promise<Outcome<RunResult>> {
    this.isRunning = true;
    return new Promise((resolve) =>
      signal.addEventListener('abort', () => {
        this.did.push('cancelled');
        resolve(succeeded({ kind: 'cancelled', output: '' }));
      }),
    );
  }

  override async abandon(): Promise<void> {
    this.did.push('abandoned');
  }

  override async release(): Promise<void> {
    this.did.push('released');
  }

  override async close(): Promise<void> {
    this.isClosed = true;
  }
}

/** A session in the middle of a command that would run for ever. */
export async function startHangingCommand(): Promise<{ test: TestSession; sandbox: HangingSandbox }> {
  const sandbox = new HangingSandbox();
  const model = new FakeModel(answerWith('', shell('sleep 1000')));
  const test = createSession({ model, makeSandbox: async () => succeeded(sandbox) });
  await waitUntil('the command runs', () => sandbox.isRunning);
  return { test, sandbox };
}
