// How many commands each user may send in a while, over REST and WebSocket together, and when to go on after too many.
import { type Failure, failed } from '../../schema/error.ts';
import { type Budget, openOwnBudget } from './keyed-budget.ts';

/** The time in which a user's commands are counted: two seconds, so that short bursts are taken. */
export const commandWindowMs = 2_000;
/** Users whose commands are counted at once, at some 300 bytes each. */
export const commandUsersMax = 50_000;

export class CommandBudget {
  readonly #budget: Budget | undefined;

  /** @param commandsPerSecond what a user may send in the long run; 0 for no bound */
  constructor(commandsPerSecond: number, openBudget = openOwnBudget) {
    if (commandsPerSecond === 0) return;
    const pointsMax = (commandsPerSecond * commandWindowMs) / 1_000;
    const options = { pointsMax, windowMs: commandWindowMs, keysMax: commandUsersMax };
    this.#budget = openBudget('commands', options);
  }

  /**
   * Calls are answered in the order in which they were made.
   * @returns `tooManyCommands` with the time after which the user has a whole budget again
   */
  async takeCommand(userId: string): Promise<Failure | undefined> {
    const spent = await this.#budget?.take(userId);
    if (!spent) return undefined;
    const { by, retryAfterMs } = spent;
    const detail = by === 'key' ? 'You send too many commands.' : 'Too many users send commands at once.';
    return failed('tooManyCommands', detail, { retryAfterMs }).failure;
  }
}
