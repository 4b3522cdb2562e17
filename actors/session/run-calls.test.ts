// The calls of one answer: what only reads runs at once, what changes something runs alone, and results come in order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import type { RunOptions, RunResult } from '../../sandbox/sandbox.ts';
import type { Outcome } from '../../schema/error.ts';
import type { FileContent } from '../../schema/file.ts';
import { isSettled, waitUntil } from '../testing/event-loop.ts';
import { answerWith, FakeModel, shell } from '../testing/fake-model.ts';
import { FakeSession } from '../testing/fake-session.ts';

const read = (path: string) => ({ name: 'read', input: { path } });
const write = (path: string, content = path) => ({ name: 'write', input: { path, content } });

/** Reads of some files wait until they are let go; they and all writes are noted. */
class WatchedSandbox extends MemorySandbox {
  readonly begun: string[] = [];
  held: string[] = [];
  readonly #waiting = new Map<string, () => void>();

  override async read(path: string): Promise<Outcome<FileContent>> {
    if (!this.held.includes(path)) return super.read(path);
    this.begun.push(`read ${path}`);
    await new Promise<void>((resolve) => this.#waiting.set(path, resolve));
    return super.read(path);
  }

  override write(path: string, content: string): Promise<Outcome<{ path: string }>> {
    this.begun.push(`write ${path}`);
    return super.write(path, content);
  }

  override async run(command: string, options: RunOptions): Promise<Outcome<RunResult>> {
    options.onOutput?.(Buffer.from(`${command} says\n`));
    return super.run(command, options);
  }

  letGo(path: string): void {
    this.#waiting.get(path)?.();
  }
}

async function createSession(sandbox: WatchedSandbox, ...files: string[]): Promise<FakeSession> {
  for (const file of files) await sandbox.write(file, `of ${file}`);
  sandbox.begun.length = 0;
  sandbox.held = files;
  const session = new FakeSession();
  session.sandbox = sandbox;
  return session;
}

test('calls that only read run at once, and their results come in the order of the calls', async () => {
  const sandbox = new WatchedSandbox();
  const session = await createSession(sandbox, 'a', 'b');
  const turn = session.run(new FakeModel(answerWith('', read('a'), read('b'))));
  await waitUntil('both are read', () => sandbox.begun.length === 2);
  sandbox.letGo('b');
  await isSettled(turn);
  sandbox.letGo('a');
  await turn;
  assert.deepEqual(session.types.slice(1, 5), [
    'FileReadAction',
    'FileReadAction',
    'FileReadObservation',
    'FileReadObservation',
  ]);
  assert.deepEqual(
    session.events.slice(3, 5).map((event) => event.content),
    ['of a', 'of b'],
  );
});

test('a call that changes something waits for those before it, and those behind wait for it', async () => {
  const sandbox = new WatchedSandbox();
  const session = await createSession(sandbox, 'a', 'c');
  const turn = session.run(new FakeModel(answerWith('', read('a'), write('b'), read('c'))));
  await waitUntil('the first is read', () => sandbox.begun.length === 1);
  assert.equal(await isSettled(turn), false);
  assert.deepEqual(sandbox.begun, ['read a']);
  sandbox.letGo('a');
  await waitUntil('the last is read', () => sandbox.begun.length === 3);
  sandbox.letGo('c');
  await turn;
  assert.deepEqual(sandbox.begun, ['read a', 'write b', 'read c']);
});

test('no call runs before all that run with it are stored', async () => {
  const sandbox = new WatchedSandbox();
  const session = await createSession(sandbox, 'a', 'b');
  session.storesAtOnce = false;
  const turn = session.run(new FakeModel(answerWith('', read('a'), read('b'))));
  await waitUntil('they wait to be stored', () => session.isWaiting);
  assert.deepEqual([sandbox.begun, session.types.slice(1)], [[], ['FileReadAction', 'FileReadAction']]);
  session.settleStoring(true);
  await waitUntil('both are read', () => sandbox.begun.length === 2);
  for (const path of ['a', 'b']) sandbox.letGo(path);
  await turn;
});

test('what a command prints is shown while it runs, under its call, and so is its end', async () => {
  const session = await createSession(new WatchedSandbox());
  await session.run(new FakeModel(answerWith('', { id: 'c-1', ...shell('true') })));
  assert.deepEqual(session.printed, ['c-1: true says\n', 'c-1 ended']);
});

test('an answer with one call is stored at once, its text and its call together', async () => {
  const session = await createSession(new WatchedSandbox());
  let turnsOfEventLoop = 0;
  const seen: number[] = [];
  const decide = () => {
    setImmediate(() => turnsOfEventLoop++);
    return { decision: 'allow' } as const;
  };
  const openOutput = () => {
    seen.push(turnsOfEventLoop); // The call is stored by now.
    return { addOutput: () => undefined, endOutput: () => undefined };
  };
  const model = new FakeModel(answerWith('I look.', read('missing')));
  await session.run(model, { gate: { decide, endOfWait: () => 0 }, openOutput });
  assert.deepEqual(seen, [0]);
});

test('between the calls of one answer other sessions get their turn where the policy takes long for each', async () => {
  const session = await createSession(new WatchedSandbox());
  let others = 0;
  const seen: number[] = [];
  const decide = () => {
    seen.push(others);
    setImmediate(() => others++);
    const endsAtMs = performance.now() + 5;
    while (performance.now() < endsAtMs);
    return { decision: 'allow' } as const;
  };
  const calls = [1, 2, 3].map((at) => read(`missing-${at}`));
  await session.run(new FakeModel(answerWith('', ...calls)), { gate: { decide, endOfWait: () => 0 } });
  assert.deepEqual(seen.slice(0, 3), [0, 1, 2]);
});
