// What a crowd of clients counts together: commands, events, refusals, closes, and how long acknowledgements took.

export class CrowdTally {
  sent = 0;
  events = 0;
  reconnects = 0;
  /** Positions that the engine did not trust. */
  unrecovered = 0;
  latenciesMs: number[] = [];
  /** The time of the last acknowledgement, by `performance.now()`. */
  acknowledgedAtMs = 0;
  acknowledged = 0;
  readonly refusals = new Map<string, number>();
  readonly closes = new Map<number, number>();

  acknowledge(latencyMs: number): void {
    this.acknowledged++;
    this.acknowledgedAtMs = performance.now();
    this.latenciesMs.push(latencyMs);
  }

  refuse(code: string): void {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }

  close(code: number): void {
    this.closes.set(code, (this.closes.get(code) ?? 0) + 1);
  }
}
