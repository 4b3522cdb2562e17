// A host's way to the bytes that are kept for its sessions: through persistence, and the latest ones in memory.
import { createHash } from 'node:crypto';
import type { MessagePort } from 'node:worker_threads';
import { LRUCache } from 'lru-cache';
import { failed, type Outcome, succeeded } from '../schema/error.ts';
import type { FromPersistence, ToPersistence } from '../schema/thread.ts';

/** Characters of base64 of all sessions of a host: each request of a conversation has all of its pictures again. */
const rememberedCharsMax = 64 * 1024 * 1024;
/** How long persistence may take for a few megabytes. */
const answerTimeoutMs = 10_000;

export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

type FileAnswer = Extract<FromPersistence, { kind: 'file' }>;
type FileRequest = Extract<ToPersistence, { replyTo: number }>;
type Request = FileRequest extends infer Message ? (Message extends unknown ? Omit<Message, 'replyTo'> : never) : never;

const noAnswer = failed('noAnswer', 'The bytes could not be stored or read in time.');

export class KeptFiles {
  readonly #persistence: Pick<MessagePort, 'postMessage'>;
  readonly #waiting = new Map<number, (answer: FileAnswer['outcome']) => void>();
  readonly #remembered = new LRUCache<string, string>({
    maxSize: rememberedCharsMax,
    sizeCalculation: ({ length }) => Math.max(1, length),
  });
  #lastAsked = 0;

  constructor(persistence: Pick<MessagePort, 'postMessage'>) {
    this.#persistence = persistence;
  }

  /** Resolves with the digest once they are stored. @returns `fileTooLarge` where the session holds too much */
  async keep(sessionId: string, bytes: Uint8Array): Promise<Outcome<string>> {
    const digest = digestOf(bytes);
    const kept = await this.#ask({ kind: 'keepFile', sessionId, digest, bytes });
    return kept.ok ? succeeded(digest) : kept;
  }

  /** @returns undefined where they are gone, or can't be read now */
  async load(sessionId: string, digest: string): Promise<Uint8Array | undefined> {
    const loaded = await this.#ask({ kind: 'loadFile', sessionId, digest });
    return loaded.ok ? (loaded.value ?? undefined) : undefined;
  }

  async loadBase64(sessionId: string, digest: string): Promise<string | undefined> {
    const key = `${sessionId}/${digest}`;
    const known = this.#remembered.get(key);
    if (known !== undefined) return known;
    const bytes = await this.load(sessionId, digest);
    if (!bytes) return undefined;
    const base64 = Buffer.from(bytes).toString('base64');
    this.#remembered.set(key, base64);
    return base64;
  }

  receiveAnswer({ replyTo, outcome }: FileAnswer): void {
    this.#waiting.get(replyTo)?.(outcome);
  }

  #ask(request: Request): Promise<FileAnswer['outcome']> {
    const replyTo = ++this.#lastAsked;
    return new Promise((resolve) => {
      const settle = (outcome: FileAnswer['outcome']) => {
        clearTimeout(timer);
        this.#waiting.delete(replyTo);
        resolve(outcome);
      };
      const timer = setTimeout(() => settle(noAnswer), answerTimeoutMs);
      this.#waiting.set(replyTo, settle);
      this.#persistence.postMessage({ ...request, replyTo } satisfies ToPersistence);
    });
  }
}
