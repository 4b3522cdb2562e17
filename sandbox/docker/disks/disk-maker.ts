// Speaks with the container that makes disks of bounded size for sandboxes; it runs as long as this host.
import type Docker from 'dockerode';
import * as v from 'valibot';
import { failed, type Outcome, succeeded } from '../../../schema/error.ts';
import { reasonOf } from '../../../schema/reason-of.ts';
import type { AboutSnapshot } from '../../sandbox-source.ts';
import { DockerStreamReader } from '../packet-reader.ts';
import {
  buildDiskMakerOptions,
  type DiskMakerSettings,
  disksVolumeOf,
  snapshotsVolumeOf,
} from './disk-maker-options.ts';
import { type Disks, diskNames, disksOf, numbersOf } from './disks.ts';

/** A disk is made in 20 ms; one from a snapshot is copied, at some hundred megabytes a second. */
const makeTimeoutMs = 60_000;
const saveTimeoutMs = 300_000;
const closeTimeoutMs = 2_000;
/** An answer is a line of a few hundred bytes. */
const answerCharsMax = 64 * 1024;
/** Where no disks can be had, how soon that is tried again. */
const tryAgainMs = 60_000;

const Answer = v.object({
  id: v.number(),
  ok: v.optional(v.record(v.string(), v.unknown())),
  problem: v.optional(v.string()),
});
const Made = v.object({
  numbers: v.tuple([v.number(), v.number()]),
  snapshot: v.nullable(v.record(v.string(), v.string())),
});

export type MadeDisks = { disks: Disks; snapshot: AboutSnapshot | null };

/**
 * Bounds of an engine's snapshots, of which the one used longest ago goes first: they take the machine's disk, and what was
 * installed weeks ago is out of date.
 */
const snapshotBounds = { countMax: 20, bytesMax: 20 * 1024 ** 3, daysMax: 14 };

type Connection = { stream: NodeJS.ReadWriteStream; container: Docker.Container };
type Settle = (answer: v.InferOutput<typeof Answer>) => void;

export class DiskMaker {
  readonly #docker: Docker;
  readonly #settings: DiskMakerSettings;
  readonly #waiting = new Map<number, Settle>();
  #connection: Promise<Connection> | undefined;
  #id = 0;
  #failure: { outcome: Outcome<never>; atMs: number } | undefined;
  #isClosed = false;

  constructor(docker: Docker, settings: DiskMakerSettings) {
    this.#docker = docker;
    this.#settings = settings;
  }

  /** Makes the disks of one sandbox, of so many bytes each; where a snapshot is named and there, from that. */
  async make(bytes: number, snapshot?: string): Promise<Outcome<MadeDisks>> {
    if (this.#failure && Date.now() - this.#failure.atMs < tryAgainMs) return this.#failure.outcome;
    const answer = await this.#ask({ op: 'make', disks: diskNames, bytes, snapshot }, makeTimeoutMs);
    if (!answer.ok) return this.noteFailure(answer.failure.detail);
    const made = v.safeParse(Made, answer.value);
    if (!made.success) return this.noteFailure('its answer is none');
    return succeeded({ disks: disksOf(made.output.numbers), snapshot: made.output.snapshot });
  }

  /** For a while no other disk is tried. */
  noteFailure(reason: string): Outcome<never> {
    const outcome = failed('sandboxFailed', reason);
    this.#failure = { outcome, atMs: Date.now() };
    return outcome;
  }

  /** From now on the kernel keeps the disks as long as they are mounted. */
  async letGo(disks: Disks): Promise<void> {
    await this.#ask({ op: 'letGo', numbers: numbersOf(disks) }, makeTimeoutMs);
  }

  async find(bytes: number, snapshot: string): Promise<AboutSnapshot | undefined> {
    const answer = await this.#ask({ op: 'find', disks: diskNames, bytes, snapshot }, makeTimeoutMs);
    const found = answer.ok ? v.safeParse(Made.entries.snapshot, answer.value.snapshot) : undefined;
    return found?.success ? (found.output ?? undefined) : undefined;
  }

  async save(disks: Disks, snapshot: string, about: AboutSnapshot): Promise<Outcome<void>> {
    const request = { op: 'save', disks: diskNames, numbers: numbersOf(disks), snapshot, about, ...snapshotBounds };
    const answer = await this.#ask(request, saveTimeoutMs);
    return answer.ok ? succeeded(undefined) : answer;
  }

  /** Docker removes the container when its program ends; volumes that hold nothing go with it. */
  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined);
    const counted = connection && (await this.#ask({ op: 'count' }, closeTimeoutMs));
    this.#isClosed = true;
    connection?.stream.end();
    await connection?.container.remove({ force: true }).catch(() => undefined); // It may be gone already.
    const { engineId } = this.#settings;
    const isEmpty = counted?.ok && counted.value.snapshots === 0;
    const empty = connection ? [disksVolumeOf(engineId), ...(isEmpty ? [snapshotsVolumeOf(engineId)] : [])] : [];
    for (const name of empty)
      await this.#docker
        .getVolume(name)
        .remove()
        .catch(() => undefined); // Another host has it, and removes it later.
  }

  async #ask(request: Record<string, unknown>, timeoutMs: number): Promise<Outcome<Record<string, unknown>>> {
    if (this.#isClosed) return failed('sandboxFailed', 'The engine stops.');
    try {
      this.#connection ??= this.#connect();
      const { stream } = await this.#connection;
      const answer = await this.#waitForAnswer(stream, request, timeoutMs);
      return answer.ok ? succeeded(answer.ok) : failed('sandboxFailed', answer.problem ?? 'it gave no answer');
    } catch (error) {
      this.#connection = undefined;
      return failed('sandboxFailed', reasonOf(error));
    }
  }

  #waitForAnswer(
    stream: NodeJS.ReadWriteStream,
    request: object,
    timeoutMs: number,
  ): Promise<v.InferOutput<typeof Answer>> {
    const id = ++this.#id;
    return new Promise((resolve) => {
      const settle: Settle = (answer) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(answer);
      };
      const timer = setTimeout(() => settle({ id, problem: `no answer within ${timeoutMs} ms` }), timeoutMs);
      this.#waiting.set(id, settle);
      stream.write(`${JSON.stringify({ ...request, id })}\n`);
    });
  }

  /** @throws what dockerode throws */
  async #connect(): Promise<Connection> {
    const container = await this.#docker.createContainer(buildDiskMakerOptions(this.#settings));
    try {
      const stream: NodeJS.ReadWriteStream = await container.attach({
        hijack: true,
        stream: true,
        stdin: true,
        stdout: true,
        stderr: true,
      });
      let errorText = '';
      let line = '';
      const demux = new DockerStreamReader((chunk, isError) => {
        const text = chunk.toString('utf8');
        if (isError) errorText = (errorText + text).slice(-500);
        else line = this.#readLines(line + text);
      });
      const onEnd = () => this.#lose(errorText.trim().split('\n').at(-1) || 'it ended');
      stream
        .on('data', (chunk: Buffer) => demux.add(chunk))
        .once('end', onEnd)
        .once('close', onEnd)
        .on('error', onEnd);
      await container.start();
      return { stream, container };
    } catch (error) {
      await container.remove({ force: true }).catch(() => undefined); // It never ran, or Docker has removed it.
      throw error;
    }
  }

  /** @returns what follows the last whole line */
  #readLines(text: string): string {
    const lines = text.split('\n');
    const rest = lines.pop() ?? '';
    for (const line of lines) {
      const answer = v.safeParse(v.pipe(v.string(), v.parseJson(), Answer), line);
      if (answer.success) this.#waiting.get(answer.output.id)?.(answer.output);
    }
    return rest.slice(-answerCharsMax);
  }

  #lose(problem: string): void {
    this.#connection = undefined;
    for (const [id, settle] of [...this.#waiting]) settle({ id, problem });
  }
}
