// How many commands each user may send in a while, over REST and WebSocket together, and when to go on after too many.
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { type Failure, failed } from '../../schema/error.ts';

/** The time in which a user's commands are counted: two seconds, so that short bursts are taken. */
export const commandWindowMs = 2_000;
/** Users whose commands are counted at once, at some 300 bytes each. */
export const commandUsersMax = 50_000;

export class CommandBudget {
  readonly #limiter: RateLimiterMemory | undefined;
  /** Users whose window is open, as many as the limiter has records of. */
  #users = 0;

  /** @param commandsPerSecond what a user may send in the long run; 0 for no bound */
  constructor(commandsPerSecond: number) {
    if (commandsPerSecond === 0) return;
    const duration = commandWindowMs / 1_000;
    this.#limiter = new RateLimiterMemory({ points: commandsPerSecond * duration, duration });
  }

  /**
   * Calls are answered in the order in which they were made.
   * @returns `tooManyCommands` with the time after which the user has a whole budget again
   */
  async takeCommand(userId: string): Promise<Failure | undefined> {
    if (!this.#limiter) return undefined;
    try {
      const { isFirstInDuration } = await this.#limiter.consume(userId);
      return isFirstInDuration ? this.#countUser(userId, this.#limiter) : undefined;
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      return makeTooManyCommandsFailure('You send too many commands.', refusal.msBeforeNext);
    }
  }

  /** Users are counted here, since the limiter doesn't bound its records. */
  #countUser(userId: string, limiter: RateLimiterMemory): Failure | undefined {
    if (this.#users >= commandUsersMax) {
      void limiter.delete(userId);
      return makeTooManyCommandsFailure('Too many users send commands at once.', commandWindowMs);
    }
    this.#users++;
    setTimeout(() => this.#users--, commandWindowMs).unref();
    return undefined;
  }
}

const makeTooManyCommandsFailure = (detail: string, retryAfterMs: number): Failure =>
  failed('tooManyCommands', detail, { retryAfterMs: Math.max(1, Math.ceil(retryAfterMs)) }).failure;
