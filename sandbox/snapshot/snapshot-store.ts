// Keeps the snapshots of sessions: each sealed under the name of its session and point, with what it follows.
import * as v from 'valibot';
import { openSealed, SealBroken, seal } from './sealed-stream.ts';
import { comparePoints, nameOfPoint, pointOfName, type SnapshotPoint } from './snapshot-name.ts';
import { NoSuchObject, type ObjectStore } from './store/object-store.ts';
import { SandboxRefusal, type TakenSnapshot, type WorkspaceSnapshots } from './workspace-snapshots.ts';

/** A snapshot that isn't what was stored, or lacks one that it follows. */
export class SnapshotDamaged extends Error {}

const Head = v.object({
  commit: v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/)),
  /** The names of those that have to be restored before, the base first; none for a base itself. */
  before: v.pipe(v.array(v.string()), v.maxLength(100)),
  /** Bytes of the base, and of all differences since. */
  baseBytes: v.number(),
  differenceBytes: v.number(),
});

export type SnapshotHead = v.InferOutput<typeof Head>;
export type StoredSnapshot = SnapshotHead & { name: string };

export class SnapshotStore {
  readonly #objects: ObjectStore;
  readonly #key: Uint8Array;

  constructor(objects: ObjectStore, key: Uint8Array) {
    this.#objects = objects;
    this.#key = key;
  }

  /** @throws what the store throws */
  async put(
    sessionId: string,
    point: SnapshotPoint,
    head: SnapshotHead,
    bundle: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    const name = `${sessionId}/${nameOfPoint(point)}`;
    await this.#objects.put(name, seal(this.#key, name, withHead(head, bundle)));
  }

  /** Lists a session's snapshots, the newest first. @param through the last event of the conversation */
  async list(sessionId: string, through: number): Promise<string[]> {
    const points = await this.#listPoints(sessionId);
    return points
      .filter(({ sequence }) => sequence <= through)
      .sort((a, b) => comparePoints(b, a))
      .map(nameOfPoint);
  }

  /** @throws SnapshotDamaged */
  async readHead(sessionId: string, name: string): Promise<StoredSnapshot> {
    const { head, rest } = await this.#open(sessionId, name);
    for await (const _ of rest) break; // Begun and ended, so that its connection is given up.
    return { ...head, name };
  }

  /** As `readHead`. @returns undefined for one that is damaged */
  async findHead(sessionId: string, name: string): Promise<StoredSnapshot | undefined> {
    try {
      return await this.readHead(sessionId, name);
    } catch (error) {
      if (error instanceof SnapshotDamaged) return undefined;
      throw error;
    }
  }

  /** Reads what a sandbox has taken part by part, no faster than it is stored. @throws where the sandbox fails */
  async *readTaken(snapshots: WorkspaceSnapshots, taken: TakenSnapshot): AsyncGenerator<Uint8Array> {
    for (let offset = 0; offset < taken.bytes; ) {
      const part = await snapshots.readPart(taken, offset);
      if (!part.ok) throw new SandboxRefusal(part.failure.detail);
      if (part.value.length === 0) throw new SandboxRefusal('The snapshot in the sandbox is shorter than it was.');
      yield part.value;
      offset += part.value.length;
    }
  }

  /** Gives a snapshot's bundle piece by piece. @throws SnapshotDamaged, also after some of it was given */
  async *readBundle(sessionId: string, name: string): AsyncGenerator<Uint8Array> {
    const { rest } = await this.#open(sessionId, name);
    try {
      yield* rest;
    } catch (error) {
      throw damagedOf(error, name);
    }
  }

  /** Removes those before a base that is stored. */
  async removeBefore(sessionId: string, base: SnapshotPoint): Promise<void> {
    const points = await this.#listPoints(sessionId);
    const earlier = points.filter((point) => comparePoints(point, base) < 0);
    await this.#objects.remove(earlier.map((point) => `${sessionId}/${nameOfPoint(point)}`));
  }

  async removeAll(sessionId: string): Promise<void> {
    await this.#objects.removeAll(sessionId);
  }

  close(): void {
    this.#objects.close();
  }

  async #listPoints(sessionId: string): Promise<SnapshotPoint[]> {
    return (await this.#objects.list(sessionId)).flatMap((name) => pointOfName(name) ?? []);
  }

  async #open(sessionId: string, name: string): Promise<{ head: SnapshotHead; rest: AsyncGenerator<Uint8Array> }> {
    const whole = `${sessionId}/${name}`;
    try {
      return await readHead(openSealed(this.#key, whole, await this.#objects.get(whole)));
    } catch (error) {
      throw damagedOf(error, name);
    }
  }
}

const lengthBytes = 4;

async function* withHead(head: SnapshotHead, bundle: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const text = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32BE(text.length);
  yield Buffer.concat([length, text]);
  yield* bundle;
}

/** The head is far shorter than the first piece. */
async function readHead(
  opened: AsyncGenerator<Uint8Array>,
): Promise<{ head: SnapshotHead; rest: AsyncGenerator<Uint8Array> }> {
  const { value } = await opened.next();
  const first = Buffer.from((value as Uint8Array | undefined) ?? []);
  const end = first.length < lengthBytes ? 0 : lengthBytes + first.readUInt32BE();
  if (end === 0 || end > first.length) throw new SealBroken('It has no head.');
  const head = v.parse(Head, JSON.parse(first.toString('utf8', lengthBytes, end)));
  return { head, rest: behind(first.subarray(end), opened) };
}

async function* behind(first: Uint8Array, opened: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    yield* opened;
  } finally {
    await opened.return(undefined);
  }
}

function damagedOf(error: unknown, name: string): unknown {
  if (error instanceof SealBroken) return new SnapshotDamaged(`The snapshot ${name} is damaged: ${error.message}`);
  if (error instanceof NoSuchObject) return new SnapshotDamaged(`The snapshot ${name} is missing.`);
  return error;
}
