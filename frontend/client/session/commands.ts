// What is said to a session: kept until it is acknowledged, said again on each new connection, and told of to whoever said it.
import { chooseDelayMs } from '../back-off.ts';
import { errorOfFrame, LucidError } from '../lucid-error.ts';
import type { Settings } from '../options.ts';
import type { ErrorFrame } from './frames.ts';
import { Outbox } from './outbox.ts';
import { type Accepted, findContentProblem, type Said } from './said.ts';

type Waiting = { resolve(accepted: Accepted): void; reject(error: LucidError): void };

export type CommandsActions = {
  /** How many are on their way has changed. */
  count(queued: number): void;
  /** One was refused, for good or, where it is `retryable`, for a moment. */
  fail(error: LucidError): void;
};

export class Commands {
  readonly #settings: Pick<Settings, 'bounds' | 'random'>;
  readonly #actions: CommandsActions;
  readonly #outbox: Outbox<Waiting>;
  #send: ((said: Said) => void) | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  /** In a row, for the moment. */
  #refusals = 0;
  #end: LucidError | undefined;

  constructor(settings: Pick<Settings, 'bounds' | 'random'>, actions: CommandsActions) {
    this.#settings = settings;
    this.#actions = actions;
    const { queuedCommandsMax: commandsMax, queuedCharsMax: charsMax } = settings.bounds;
    this.#outbox = new Outbox({ commandsMax, charsMax });
  }

  /**
   * Resolves once the engine has stored it. Whoever doesn't wait for that hears of a refusal all the same, as an `error` of the
   * session.
   */
  say(said: Said): Promise<Accepted> {
    const accepted = new Promise<Accepted>((resolve, reject) => {
      const problem = this.#end ?? ('content' in said ? findContentProblem(said.content) : undefined);
      if (problem) return reject(problem);
      if (!this.#outbox.add(said, { resolve, reject })) return reject(this.#fullError());
      this.#goOn();
    });
    accepted.catch((error: LucidError) => {
      if (error !== this.#end) this.#actions.fail(error);
    });
    return accepted;
  }

  /** A connection is there: whatever wasn't acknowledged is said on it. */
  connect(send: (said: Said) => void): void {
    this.#send = send;
    this.#outbox.postponeAll();
    this.#goOn();
  }

  disconnect(): void {
    this.#send = undefined;
    clearTimeout(this.#retryTimer);
  }

  acknowledge({ id, sequence }: { id: string | null; sequence: number }): void {
    const waiting = this.#outbox.settle(id);
    if (!waiting) return;
    this.#refusals = 0;
    waiting.resolve({ id: id ?? '', sequence });
    this.#goOn();
  }

  refuse(id: string, frame: ErrorFrame): void {
    const error = errorOfFrame(frame);
    // One that was cut off may be stored: its acknowledgement is among the events that follow, or `end` rejects it.
    if (error.code === 'sessionEnded') return;
    if (!error.retryable) {
      this.#outbox.settle(id)?.reject(error);
      return this.#goOn();
    }
    if (!this.#outbox.postpone(id)) return;
    const { bounds, random } = this.#settings;
    const delayMs = chooseDelayMs(bounds, ++this.#refusals, random, frame.retryAfterMs);
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#goOn(), delayMs);
    this.#actions.fail(error);
  }

  /** Nothing will be said any more. */
  end(error: LucidError): void {
    this.disconnect();
    this.#end = error;
    for (const waiting of this.#outbox.clear()) waiting.reject(error);
    this.#actions.count(0);
  }

  #goOn(): void {
    if (this.#send) for (const said of this.#outbox.takeDue()) this.#send(said);
    this.#actions.count(this.#outbox.size);
  }

  #fullError(): LucidError {
    const { queuedCommandsMax, queuedCharsMax } = this.#settings.bounds;
    const most = `${queuedCommandsMax} commands and ${queuedCharsMax} characters`;
    return new LucidError('queueFull', `Too much waits to be sent: ${most} at most.`);
  }
}
