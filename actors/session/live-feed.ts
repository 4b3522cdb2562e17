// What a session's sockets get past the ring while there are any: never stored, and missed by whoever isn't there.
import type { Failure, Outcome } from '../../schema/error.ts';
import type { Tree } from '../../schema/file.ts';
import { DeltaFeed } from './delta-feed.ts';
import { FileTreeFeed } from './file-tree.ts';

export type LiveFeedParts = {
  sessionId: string;
  hasListeners(): boolean;
  send(frame: string): void;
  /** Resolves true when all events so far are committed, so that no fragment overtakes them. */
  isDue(): Promise<boolean>;
  listFiles(): Promise<Outcome<Tree>>;
  onFailed(failure: Failure): void;
  now(): number;
};

export class LiveFeed {
  readonly #parts: LiveFeedParts;
  readonly #deltas: DeltaFeed;
  readonly #fileTree: FileTreeFeed;

  constructor(parts: LiveFeedParts) {
    this.#parts = parts;
    this.#deltas = new DeltaFeed(parts.isDue, (text) => this.#send('agent_delta', { text }));
    this.#fileTree = new FileTreeFeed(() => this.#sendFileTree(), parts.now);
  }

  /** The session waits for a sandbox at this place in the queue, from 1. */
  queued(position: number): void {
    this.#send('sandbox_queue', { position });
  }

  /** A fragment of an answer that is being written. */
  delta(text: string): void {
    this.#deltas.add(text);
  }

  filesChanged(): void {
    this.#fileTree.changed();
  }

  close(): void {
    this.#fileTree.close();
  }

  async #sendFileTree(): Promise<void> {
    if (!this.#parts.hasListeners()) return;
    const tree = await this.#parts.listFiles();
    if (tree.ok) this.#send('file_tree', tree.value);
    else this.#parts.onFailed(tree.failure);
  }

  #send(type: string, fields: object): void {
    const { sessionId, hasListeners, send } = this.#parts;
    if (hasListeners()) send(JSON.stringify({ type, sessionId, ...fields }));
  }
}
