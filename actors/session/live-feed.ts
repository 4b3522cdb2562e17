// What a session's sockets get past the ring while there are any: never stored, and missed by whoever isn't there.
import type { Failure, Outcome } from '../../schema/error.ts';
import type { Tree } from '../../schema/file.ts';
import type { Masking } from '../../schema/rules/masking.ts';
import type { Delta } from '../models/model.ts';
import { DeltaFeed } from './delta-feed.ts';
import { FileTreeFeed } from './file-tree.ts';
import { OutputFeed } from './output-feed.ts';

export type LiveFeedParts = {
  sessionId: string;
  hasListeners(): boolean;
  send(sessionId: string, frame: string): void;
  masking(): Masking;
  /** Resolves true when all events so far are committed, so that no fragment overtakes them. */
  isDue(): Promise<boolean>;
  listFiles(): Promise<Outcome<Tree>>;
  onFailed(failure: Failure): void;
  now(): number;
};

export class LiveFeed {
  readonly #parts: LiveFeedParts;
  /** Of the answer that is being written. */
  #deltas: { [Kind in Delta['kind']]?: DeltaFeed } = {};
  readonly #fileTree: FileTreeFeed;

  constructor(parts: LiveFeedParts) {
    this.#parts = parts;
    this.#fileTree = new FileTreeFeed(() => this.#sendFileTree(), parts.now);
  }

  /** The session waits for a sandbox at this place in the queue, from 1. */
  queued(position: number): void {
    this.#send('sandbox_queue', { position });
  }

  /** A fragment of an answer that is being written. */
  delta({ kind, text }: Delta): void {
    this.#deltas[kind] ??= this.#deltaFeed(kind);
    this.#deltas[kind].add(text);
  }

  /** The answer is there, or will never be: its fragments have come. */
  answerEnded(): void {
    for (const feed of Object.values(this.#deltas)) feed.end();
    this.#deltas = {};
  }

  /** The vendor of the model is asked again after a while: whoever watches knows why nothing happens. */
  async retrying(retry: { code: string; waitMs: number; attempt: number }): Promise<void> {
    this.answerEnded();
    if (await this.#parts.isDue()) this.#send('model_retry', retry);
  }

  /** What a call's command prints, from when its action is stored. */
  output(toolCallId: string): OutputFeed {
    const { isDue, masking } = this.#parts;
    const send = (text: string, skippedChars: number) =>
      this.#send('agent_output', { toolCallId, text, ...(skippedChars > 0 && { skippedChars }) });
    return new OutputFeed({ masking: masking(), isDue, send });
  }

  filesChanged(): void {
    this.#fileTree.changed();
  }

  close(): void {
    this.#fileTree.close();
  }

  #deltaFeed(kind: Delta['kind']): DeltaFeed {
    const { masking, isDue } = this.#parts;
    const more = kind === 'thought' ? { isThought: true } : {};
    return new DeltaFeed({ masking, isDue, send: (text) => this.#send('agent_delta', { text, ...more }) });
  }

  async #sendFileTree(): Promise<void> {
    if (!this.#parts.hasListeners()) return;
    const tree = await this.#parts.listFiles();
    if (tree.ok) this.#send('file_tree', tree.value);
    else this.#parts.onFailed(tree.failure);
  }

  #send(type: string, fields: object): void {
    const { sessionId, hasListeners, send } = this.#parts;
    if (hasListeners()) send(sessionId, JSON.stringify({ type, sessionId, ...fields }));
  }
}
