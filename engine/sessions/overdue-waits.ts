// Activates sessions that rest while they wait for a person, once the wait is over: their host ends it then.
import { limits } from '../../schema/limits.ts';
import { reasonOf } from '../../schema/reason-of.ts';
import type { History } from '../database/history.ts';
import type { OverdueWait } from '../database/queries/select-overdue-waits.ts';
import type { Log } from '../log.ts';
import type { EngineRun } from '../runs/engine-run.ts';
import type { Directory } from './directory.ts';
import type { Sessions } from './sessions.ts';

/** Sessions of one look: as many as are activated at once after a crash. */
const pageRows = 32;

export type OverdueWaitsDependencies = {
  history: Pick<History, 'listOverdueWaits'>;
  sessions: Pick<Sessions, 'resumeCut' | 'isDraining' | 'isDatabaseAway'>;
  directory: Pick<Directory, 'get'>;
  run: Pick<EngineRun, 'id'>;
  log: Pick<Log, 'warn' | 'info'>;
};

export class OverdueWaits {
  readonly #dependencies: OverdueWaitsDependencies;
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  /** The last one of the page before: one that can't be activated, since its secrets are gone, must not hide the others. */
  #after: OverdueWait | undefined;

  constructor(dependencies: OverdueWaitsDependencies) {
    this.#dependencies = dependencies;
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), limits.overdueWaitsIntervalMs).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Looks at one page, and at the first one again after the last. */
  async look(): Promise<void> {
    const { sessions, log } = this.#dependencies;
    if (this.#isLooking || sessions.isDraining || sessions.isDatabaseAway) return;
    this.#isLooking = true;
    try {
      await this.#activatePage();
    } catch (error) {
      log.warn('waits.failed', { reason: reasonOf(error) });
    } finally {
      this.#isLooking = false;
    }
  }

  async #activatePage(): Promise<void> {
    const { history, sessions, directory, run, log } = this.#dependencies;
    const page = await history.listOverdueWaits({ runId: run.id, after: this.#after, limit: pageRows });
    this.#after = page.length < pageRows ? undefined : page.at(-1);
    const resting = page.filter(({ sessionId }) => directory.get(sessionId) === undefined);
    if (resting.length === 0) return;
    const count = await sessions.resumeCut(resting);
    if (count > 0) log.info('waits.ended', { overdue: resting.length, count });
  }
}
