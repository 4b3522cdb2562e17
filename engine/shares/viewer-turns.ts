// What viewers ask of a session's workspace, in turns: of the places that people wait for at its sandbox they have one.
import { CommandQueue } from '../../sandbox/scheduling/command-queue.ts';
import { type Outcome, succeeded } from '../../schema/error.ts';

/** Nobody who has asked goes away before the answer. */
const never = new AbortController().signal;

export class ViewerTurns {
  /** One for each session of which viewers ask something right now. */
  readonly #queues = new Map<string, { queue: CommandQueue; askers: number }>();

  /** @returns `overloaded` where too many wait already */
  async take<Answer>(sessionId: string, ask: () => Promise<Outcome<Answer>>): Promise<Outcome<Answer>> {
    const turns = this.#queues.get(sessionId) ?? { queue: new CommandQueue(), askers: 0 };
    this.#queues.set(sessionId, turns);
    turns.askers++;
    try {
      const answer = await turns.queue.run(async () => succeeded(await ask()), never, undefined);
      if (!answer.ok) return answer;
      return answer.value as Outcome<Answer>;
    } finally {
      turns.askers--;
      if (turns.askers === 0) this.#queues.delete(sessionId);
    }
  }
}
