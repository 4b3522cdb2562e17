// Stands in for a turn's session in tests of turns: its events, and a database that stores when it is told to.
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import { failed } from '../../schema/error.ts';
import type { StoredEvent } from '../../schema/event.ts';
import { openGate } from '../session/call-gate.ts';
import { buildContext } from '../session/transcript.ts';
import { runTurn, type TurnDependencies, type TurnResult } from '../session/turn.ts';
import { noUsage } from '../session/turn-usage.ts';
import { findPendingAnswer } from '../session/waits.ts';
import { everyTool } from '../tools/tool-set.ts';
import type { FakeModel } from './fake-model.ts';
import { numberEvents, task } from './stored-events.ts';

export class FakeSession {
  events: StoredEvent[] = numberEvents(task());
  readonly abort = new AbortController();
  sandbox = new MemorySandbox();
  storesAtOnce = true;
  /** How often the files changed. */
  changes = 0;
  nowMs = 0;
  /** What calls printed while they ran. */
  printed: string[] = [];
  #waiting: ((isOurs: boolean) => void)[] = [];

  addEvent(draft: Parameters<typeof numberEvents>[0]): StoredEvent {
    const event = { ...numberEvents(draft)[0], sequence: this.events.length + 1 } as StoredEvent;
    this.events = [...this.events, event];
    return event;
  }

  /** Resolves all waits for the database. */
  settleStoring(isOurs: boolean): void {
    for (const resolve of this.#waiting.splice(0)) resolve(isOurs);
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  run(model: FakeModel, more: Partial<TurnDependencies> = {}): Promise<Required<TurnResult>> {
    return runTurn({
      model,
      sandbox: this.sandbox,
      signal: this.abort.signal,
      iterationsMax: 50,
      timeoutMs: 3_600_000,
      timeLeftMs: 3_600_000,
      usageBefore: noUsage,
      commandTimeoutMs: 1_000,
      now: () => this.nowMs,
      system: 'You are a test.',
      toolSet: everyTool,
      gate: openGate,
      findPending: () => findPendingAnswer(this.events),
      readConversation: () => {
        const { events } = this;
        return { context: buildContext(events, 'Build it'), events, through: events.length };
      },
      peekConversation: () => buildContext(this.events, 'Build it'),
      recordEvent: (recorded) => this.addEvent(recorded),
      waitUntilStored: () =>
        this.storesAtOnce ? Promise.resolve(true) : new Promise((resolve) => this.#waiting.push(resolve)),
      waitForRoom: async () => undefined,
      loadImage: async () => undefined,
      keepImage: async () => failed('noAnswer', 'Nothing is kept in this test.'),
      readBudgets: async () => [],
      onDelta: () => undefined,
      onRetry: () => undefined,
      openOutput: (call) => ({
        addOutput: (chunk) => this.printed.push(`${call.id}: ${chunk}`),
        endOutput: () => this.printed.push(`${call.id} ended`),
      }),
      onCallsRun: async () => undefined,
      onFilesChanged: () => this.changes++,
      onAnswered: () => undefined,
      ...more,
    });
  }

  get types(): string[] {
    return this.events.map((event) => event.eventType);
  }
}
