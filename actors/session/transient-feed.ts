// Sends a session's clients its transient frames: past the ring, never stored, and lost for clients that aren't there.
import type { Tree } from '../../schema/file.ts';
import { encodeFrame } from '../../schema/protocol/encode-frame.ts';
import type { ServerFrame } from '../../schema/protocol/server-frames/server-frames.ts';
import type { Masking } from '../../schema/rules/masking.ts';
import { cutText } from '../../schema/rules/text.ts';
import type { SessionNow } from '../../schema/session-now.ts';
import type { Delta } from '../models/model.ts';
import { DeltaFeed } from './delta-feed.ts';
import { OutputFeed } from './output-feed.ts';

type CallDelta = Extract<Delta, { kind: 'call' }>;
type TextKind = Exclude<Delta, CallDelta>['kind'];

/** A tool's name as a model writes it, which may be nonsense. */
const callNameCharsMax = 100;

export type TransientFeedDependencies = {
  sessionId: string;
  sendTransient(sessionId: string, frame: string): void;
  getMasking(): Masking;
  /** Resolves true when all events so far are committed, so that no fragment overtakes them. */
  waitUntilStored(): Promise<boolean>;
};

export class TransientFeed {
  readonly #dependencies: TransientFeedDependencies;
  #deltaFeeds: { [Kind in TextKind]?: DeltaFeed } = {};
  /** What the model writes as a call's input, which it does one call after the other. */
  #writtenCall: { id: string; feed: OutputFeed } | undefined;
  /** Clients and viewers. */
  #audience: number;
  #isClosed = false;

  constructor(dependencies: TransientFeedDependencies, audience: number) {
    this.#dependencies = dependencies;
    this.#audience = audience;
  }

  get hasAudience(): boolean {
    return this.#audience > 0 && !this.#isClosed;
  }

  changeAudience(audience: number): void {
    this.#audience = audience;
  }

  close(): void {
    this.#isClosed = true;
  }

  sendDelta(delta: Delta): void {
    if (delta.kind === 'call') return this.#sendCallDelta(delta);
    const { kind, text } = delta;
    this.#deltaFeeds[kind] ??= this.#createDeltaFeed(kind);
    this.#deltaFeeds[kind].addDelta(text);
  }

  /** Ends the feed of an answer that is complete, or will never be. */
  endAnswer(): void {
    for (const feed of Object.values(this.#deltaFeeds)) feed.endDeltas();
    this.#deltaFeeds = {};
    this.#endWrittenCall();
  }

  /** Tells clients why nothing happens: the provider is asked again after a while. */
  async sendRetry(retry: { code: string; waitMs: number; attempt: number }): Promise<void> {
    this.endAnswer();
    if (await this.#dependencies.waitUntilStored())
      this.#sendFrame({ type: 'model_retry', sessionId: this.#dependencies.sessionId, ...retry });
  }

  /** Tells clients why nothing happens: the request waits for the limits of the provider. */
  async sendRateWait(waitMs: number): Promise<void> {
    const { sessionId, waitUntilStored } = this.#dependencies;
    if (await waitUntilStored()) this.#sendFrame({ type: 'model_wait', sessionId, waiting: 'rateLimit', waitMs });
  }

  /** Opens the feed of what a call's command prints, from when its action is stored. */
  openOutput(toolCallId: string): OutputFeed {
    const { sessionId, waitUntilStored, getMasking } = this.#dependencies;
    const sendText = (text: string, skippedChars: number) =>
      this.#sendFrame({ type: 'agent_output', sessionId, toolCallId, text, ...(skippedChars > 0 && { skippedChars }) });
    return new OutputFeed({ masking: getMasking(), waitUntilStored, sendText });
  }

  sendNow(now: SessionNow): void {
    this.#sendFrame({ type: 'session_state', sessionId: this.#dependencies.sessionId, now });
  }

  sendFileTree(tree: Tree): void {
    this.#sendFrame({ type: 'file_tree', sessionId: this.#dependencies.sessionId, ...tree });
  }

  #sendCallDelta({ call, text }: CallDelta): void {
    if (this.#writtenCall?.id !== call.id) {
      this.#endWrittenCall();
      this.#writtenCall = { id: call.id, feed: this.#openCallFeed(call) };
    }
    this.#writtenCall.feed.addText(text);
  }

  #endWrittenCall(): void {
    this.#writtenCall?.feed.endOutput();
    this.#writtenCall = undefined;
  }

  #openCallFeed({ id, name }: CallDelta['call']): OutputFeed {
    const { sessionId, waitUntilStored, getMasking } = this.#dependencies;
    const masking = getMasking();
    const call = { toolCallId: masking.maskText(id), tool: masking.maskText(cutText(name, callNameCharsMax)) };
    const sendText = (text: string, skippedChars: number) =>
      this.#sendFrame({ type: 'call_delta', sessionId, ...call, text, ...(skippedChars > 0 && { skippedChars }) });
    return new OutputFeed({ masking, waitUntilStored, sendText });
  }

  #createDeltaFeed(kind: TextKind): DeltaFeed {
    const { sessionId, getMasking, waitUntilStored } = this.#dependencies;
    const thoughtMark = kind === 'thought' ? ({ isThought: true } as const) : {};
    return new DeltaFeed({
      getMasking,
      waitUntilStored,
      sendText: (text) => this.#sendFrame({ type: 'agent_delta', sessionId, text, ...thoughtMark }),
    });
  }

  #sendFrame(frame: ServerFrame): void {
    const { sessionId, sendTransient } = this.#dependencies;
    if (this.hasAudience) sendTransient(sessionId, encodeFrame(frame));
  }
}
