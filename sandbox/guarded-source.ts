// A sandbox that never throws: what a driver throws becomes one session's failure, and doesn't end the host's thread.
import type { FileDiff } from '../schema/change.ts';
import { failed, type Outcome, succeeded } from '../schema/error.ts';
import type { FileBytes, FileContent, FilePart, Patch, Tree, WorkspaceEntry } from '../schema/file.ts';
import type { SandboxUsage } from '../schema/resources.ts';
import type { ChangesBase, FoundChanges } from './changes/changes-base.ts';
import type { ProcessOptions, RunOptions, RunResult, Sandbox, SandboxProcess } from './sandbox.ts';
import type { AboutSnapshot, OpenedSandbox, SandboxOwner, SandboxRequest, SandboxSource } from './sandbox-source.ts';

/** A listener that gets what a driver threw instead of answering, or could not remove. */
export type OnTrouble = (reason: string) => void;

export class GuardedSource implements SandboxSource {
  readonly #source: SandboxSource;
  readonly #onTrouble: OnTrouble;

  constructor(source: SandboxSource, onTrouble: OnTrouble) {
    this.#source = source;
    this.#onTrouble = onTrouble;
  }

  get warmCount(): number {
    return this.#source.warmCount ?? 0;
  }

  async open(request: SandboxRequest): Promise<Outcome<OpenedSandbox>> {
    const opened = await askSafely(() => this.#source.open(request), this.#onTrouble);
    if (!opened.ok) return opened;
    const { sandbox, ...more } = opened.value;
    return { ok: true, value: { sandbox: new GuardedSandbox(sandbox, this.#onTrouble), ...more } };
  }

  remove(owner: SandboxOwner): Promise<void> {
    return runSafely(() => this.#source.remove(owner), this.#onTrouble);
  }

  close(): Promise<void> {
    return runSafely(() => this.#source.close(), this.#onTrouble);
  }
}

class GuardedSandbox implements Sandbox {
  readonly #sandbox: Sandbox;
  readonly #onTrouble: OnTrouble;

  constructor(sandbox: Sandbox, onTrouble: OnTrouble) {
    this.#sandbox = sandbox;
    this.#onTrouble = onTrouble;
  }

  get kind(): Sandbox['kind'] {
    return this.#sandbox.kind;
  }

  get root(): string {
    return this.#sandbox.root;
  }

  get warning(): string {
    return this.#sandbox.warning ?? '';
  }

  run(command: string, options: RunOptions): Promise<Outcome<RunResult>> {
    return askSafely(() => this.#sandbox.run(command, options), this.#onTrouble);
  }

  startProcess(options: ProcessOptions): Promise<Outcome<SandboxProcess>> {
    return askSafely(() => this.#sandbox.startProcess(options), this.#onTrouble);
  }

  get isRoot(): boolean {
    return this.#sandbox.isRoot ?? false;
  }

  get background() {
    return this.#sandbox.background;
  }

  get snapshots() {
    return this.#sandbox.snapshots;
  }

  listenLoss(onLost: () => Promise<string | undefined>): void {
    this.#sandbox.listenLoss?.(onLost);
  }

  read(path: string, part?: FilePart): Promise<Outcome<FileContent>> {
    return askSafely(() => this.#sandbox.read(path, part), this.#onTrouble);
  }

  write(path: string, content: string | Uint8Array): Promise<Outcome<{ path: string }>> {
    return askSafely(() => this.#sandbox.write(path, content), this.#onTrouble);
  }

  list(folder?: string): Promise<Outcome<Tree>> {
    return askSafely(() => this.#sandbox.list(folder), this.#onTrouble);
  }

  listChanges(base: ChangesBase): Promise<Outcome<FoundChanges>> {
    return askSafely(() => this.#sandbox.listChanges(base), this.#onTrouble);
  }

  readDiff(path: string, base: ChangesBase): Promise<Outcome<FileDiff>> {
    return askSafely(() => this.#sandbox.readDiff(path, base), this.#onTrouble);
  }

  listAll(): Promise<Outcome<WorkspaceEntry[]>> {
    return askSafely(() => this.#sandbox.listAll(), this.#onTrouble);
  }

  readBytes(entryPath: string, offset: number): Promise<Outcome<FileBytes>> {
    return askSafely(() => this.#sandbox.readBytes(entryPath, offset), this.#onTrouble);
  }

  makePatch(base: ChangesBase): Promise<Outcome<Patch>> {
    return askSafely(() => this.#sandbox.makePatch(base), this.#onTrouble);
  }

  readPatch(patch: Patch, offset: number): Promise<Outcome<Uint8Array>> {
    return askSafely(() => this.#sandbox.readPatch(patch, offset), this.#onTrouble);
  }

  measureUsage(): Promise<Outcome<SandboxUsage>> {
    return askSafely(() => this.#sandbox.measureUsage(), this.#onTrouble);
  }

  async keepSnapshot(name: string, about: AboutSnapshot): Promise<Outcome<void>> {
    const keep = this.#sandbox.keepSnapshot?.bind(this.#sandbox);
    return keep ? askSafely(() => keep(name, about), this.#onTrouble) : succeeded(undefined);
  }

  get useImage(): Sandbox['useImage'] {
    const use = this.#sandbox.useImage?.bind(this.#sandbox);
    return use && ((image) => askSafely(() => use(image), this.#onTrouble));
  }

  release(): Promise<void> {
    return runSafely(() => this.#sandbox.release(), this.#onTrouble);
  }

  abandon(): Promise<void> {
    return runSafely(() => this.#sandbox.abandon(), this.#onTrouble);
  }

  close(): Promise<void> {
    return runSafely(() => this.#sandbox.close(), this.#onTrouble);
  }
}

async function askSafely<T>(ask: () => Promise<Outcome<T>>, onTrouble: OnTrouble): Promise<Outcome<T>> {
  try {
    return await ask();
  } catch (error) {
    onTrouble(stackOf(error));
    return failed('sandboxFailed', 'The sandbox failed.');
  }
}

async function runSafely(act: () => Promise<void>, onTrouble: OnTrouble): Promise<void> {
  try {
    await act();
  } catch (error) {
    onTrouble(stackOf(error));
  }
}

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
