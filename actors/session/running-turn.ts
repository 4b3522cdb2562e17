// A session's turn while it runs: begun once, cut short by the first who has a reason, and awaited.
import type { CutReason, TurnResult } from './turn.ts';

export class RunningTurn {
  readonly startedAtMs: number;
  readonly #abort = new AbortController();
  /** Resolves after `onEnd` was called. */
  readonly done: Promise<void>;

  constructor(
    startedAtMs: number,
    run: (signal: AbortSignal) => Promise<TurnResult>,
    onEnd: (result: TurnResult, cutShort: CutReason | undefined) => void,
  ) {
    this.startedAtMs = startedAtMs;
    const { signal } = this.#abort;
    this.done = run(signal).then((result) => onEnd(result, signal.reason as CutReason | undefined));
  }

  cutShort(cutShort: CutReason): void {
    if (!this.#abort.signal.aborted) this.#abort.abort(cutShort);
  }
}
