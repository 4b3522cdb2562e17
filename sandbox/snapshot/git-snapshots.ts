// Takes snapshots of a workspace by git inside of its sandbox, and puts them back into a fresh one; what git says is not trusted.
import { randomBytes } from 'node:crypto';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import type { Capture } from '../shell/capture.ts';
import { shownTextOf } from '../workspace/escaped-text.ts';
import {
  addCommandOf,
  incomingFile,
  inlineBytesMax,
  readCommandOf,
  restoreCommandOf,
  snapshotExitCodes,
  takeCommandOf,
  takeOverCommandOf,
} from './snapshot-script.ts';
import type { TakenSnapshot, WorkspaceSnapshots } from './workspace-snapshots.ts';

/** The first one of a repository of a gigabyte takes half a minute: git compresses every file. */
const takeTimeoutMs = 120_000;
const partTimeoutMs = 20_000;
/** The answer about a snapshot: a line, a small bundle, and the names of files that were left out. */
const answerBytesMax = 128 * 1024 + inlineBytesMax;

const damaged = failed('sandboxFailed', 'The snapshot is damaged.');
/** Whether git could not read what was to be restored. */
export const isDamaged = (outcome: Outcome<unknown>): boolean => outcome === damaged;
const tooLarge = failed(
  'fileTooLarge',
  `The workspace's files are more than ${limits.snapshotBytesMax / 1024 ** 2} MiB.`,
);
const failures: Record<number, Outcome<never>> = {
  [snapshotExitCodes.noFolder]: failed('sandboxFailed', 'The workspace is not there.'),
  [snapshotExitCodes.noGit]: failed('sandboxUnavailable', 'The sandbox has no git, which keeps the files.'),
  [snapshotExitCodes.tooLarge]: tooLarge,
  [snapshotExitCodes.noRoom]: failed('sandboxFailed', 'Git could not keep the files in the sandbox: is its home full?'),
  [snapshotExitCodes.damaged]: damaged,
};
const unclear = failed('sandboxFailed', 'Git failed in the sandbox.');

export type GitSnapshotsDependencies = {
  /** The workspace's path for commands. */
  root: string;
  capture: Capture;
  write(path: string, content: Uint8Array): Promise<Outcome<unknown>>;
};

export class GitSnapshots implements WorkspaceSnapshots {
  readonly #dependencies: GitSnapshotsDependencies;

  constructor(dependencies: GitSnapshotsDependencies) {
    this.#dependencies = dependencies;
  }

  async take(parent: string | undefined): Promise<Outcome<TakenSnapshot | undefined>> {
    const id = randomBytes(8).toString('hex');
    const command = takeCommandOf(this.#dependencies.root, parent ?? '', id, limits.snapshotBytesMax);
    const answer = await this.#run(command, takeTimeoutMs, answerBytesMax);
    return answer.ok ? parseTaken(answer.value, id) : answer;
  }

  async readPart({ id, bytes, bundle }: TakenSnapshot, offset: number): Promise<Outcome<Uint8Array>> {
    if (bundle) return succeeded(bundle.subarray(offset));
    const isLast = offset + limits.snapshotPartBytes >= bytes;
    const command = readCommandOf(id, offset, limits.snapshotPartBytes, isLast);
    return this.#run(command, partTimeoutMs, limits.snapshotPartBytes);
  }

  async addPart(part: Uint8Array, isFirst: boolean): Promise<Outcome<void>> {
    const written = await this.#dependencies.write(incomingFile, part);
    if (!written.ok) return written;
    return this.#do(addCommandOf(this.#dependencies.root, isFirst), partTimeoutMs);
  }

  takeOver(): Promise<Outcome<void>> {
    return this.#do(takeOverCommandOf(this.#dependencies.root), takeTimeoutMs);
  }

  restore(commit: string): Promise<Outcome<void>> {
    return this.#do(restoreCommandOf(this.#dependencies.root, commit), takeTimeoutMs);
  }

  async #do(command: string, timeoutMs: number): Promise<Outcome<void>> {
    const answer = await this.#run(command, timeoutMs, answerBytesMax);
    return answer.ok ? succeeded(undefined) : answer;
  }

  async #run(command: string, timeoutMs: number, bytesMax: number): Promise<Outcome<Buffer>> {
    const output = await this.#dependencies.capture(command, { timeoutMs, bytesMax });
    if (!output.ok) return output;
    const { bytes, exitCode } = output.value;
    return exitCode === 0 ? succeeded(bytes) : (failures[exitCode] ?? unclear);
  }
}

const answerLine = /^([0-9a-f]{40}) (base|difference) (\d{1,12}) (here|file) (\d{1,9})\n/;

/** @returns undefined where nothing has changed */
function parseTaken(answer: Buffer, id: string): Outcome<TakenSnapshot | undefined> {
  const text = answer.toString('latin1');
  if (text === 'same\n') return succeeded(undefined);
  const [line, commit, kind, size, place, leftOut] = answerLine.exec(text) ?? [];
  if (line === undefined || commit === undefined) return unclear;
  const bytes = Number(size);
  if (bytes > limits.snapshotBytesMax) return tooLarge;
  const namesAt = line.length + (place === 'here' ? bytes : 0);
  if (namesAt > answer.length) return unclear;
  const names = text.slice(namesAt).split('\0').filter(Boolean);
  return succeeded({
    id,
    commit,
    isBase: kind === 'base',
    bytes,
    ...(place === 'here' && { bundle: answer.subarray(line.length, namesAt) }),
    leftOut: Number(leftOut),
    leftOutNames: names.map((name) => shownTextOf(Buffer.from(name, 'latin1').toString('utf8'))),
  });
}
