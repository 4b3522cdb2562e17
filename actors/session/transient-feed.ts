// What a session's sockets get past the ring while there are any: never stored, and missed by whoever isn't there.
import type { Failure, Outcome } from '../../schema/error.ts';
import type { Tree } from '../../schema/file.ts';
import type { Masking } from '../../schema/rules/masking.ts';
import type { Delta } from '../models/model.ts';
import { DeltaFeed } from './delta-feed.ts';
import { FileTreeFeed } from './file-tree-feed.ts';
import { OutputFeed } from './output-feed.ts';

export type TransientFeedDependencies = {
  sessionId: string;
  hasClients(): boolean;
  sendTransient(sessionId: string, frame: string): void;
  getMasking(): Masking;
  /** Resolves true when all events so far are committed, so that no fragment overtakes them. */
  waitUntilStored(): Promise<boolean>;
  listFiles(): Promise<Outcome<Tree>>;
  onTreeFailed(failure: Failure): void;
  now(): number;
};

export class TransientFeed {
  readonly #dependencies: TransientFeedDependencies;
  /** Of the answer that is being written. */
  #deltaFeeds: { [Kind in Delta['kind']]?: DeltaFeed } = {};
  readonly #fileTreeFeed: FileTreeFeed;

  constructor(parts: TransientFeedDependencies) {
    this.#dependencies = parts;
    this.#fileTreeFeed = new FileTreeFeed(() => this.#sendFileTree(), parts.now);
  }

  /** The session waits for a sandbox at this place in the queue, from 1. */
  sendQueuePosition(position: number): void {
    this.#sendFrame('sandbox_queue', { position });
  }

  /** A fragment of an answer that is being written. */
  sendDelta({ kind, text }: Delta): void {
    this.#deltaFeeds[kind] ??= this.#createDeltaFeed(kind);
    this.#deltaFeeds[kind].addDelta(text);
  }

  /** The answer is there, or will never be: its fragments have come. */
  endAnswer(): void {
    for (const feed of Object.values(this.#deltaFeeds)) feed.endDeltas();
    this.#deltaFeeds = {};
  }

  /** The vendor of the model is asked again after a while: whoever watches knows why nothing happens. */
  async sendRetry(retry: { code: string; waitMs: number; attempt: number }): Promise<void> {
    this.endAnswer();
    if (await this.#dependencies.waitUntilStored()) this.#sendFrame('model_retry', retry);
  }

  /** What a call's command prints, from when its action is stored. */
  openOutput(toolCallId: string): OutputFeed {
    const { waitUntilStored: isDue, getMasking: masking } = this.#dependencies;
    const send = (text: string, skippedChars: number) =>
      this.#sendFrame('agent_output', { toolCallId, text, ...(skippedChars > 0 && { skippedChars }) });
    return new OutputFeed({ masking: masking(), waitUntilStored: isDue, sendText: send });
  }

  scheduleFileTree(): void {
    this.#fileTreeFeed.scheduleTree();
  }

  close(): void {
    this.#fileTreeFeed.close();
  }

  #createDeltaFeed(kind: Delta['kind']): DeltaFeed {
    const { getMasking: masking, waitUntilStored: isDue } = this.#dependencies;
    const more = kind === 'thought' ? { isThought: true } : {};
    return new DeltaFeed({
      getMasking: masking,
      waitUntilStored: isDue,
      sendText: (text) => this.#sendFrame('agent_delta', { text, ...more }),
    });
  }

  async #sendFileTree(): Promise<void> {
    if (!this.#dependencies.hasClients()) return;
    const tree = await this.#dependencies.listFiles();
    if (tree.ok) this.#sendFrame('file_tree', tree.value);
    else this.#dependencies.onTreeFailed(tree.failure);
  }

  #sendFrame(type: string, fields: object): void {
    const { sessionId, hasClients: hasListeners, sendTransient: send } = this.#dependencies;
    if (hasListeners()) send(sessionId, JSON.stringify({ type, sessionId, ...fields }));
  }
}
