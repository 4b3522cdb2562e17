// An engine alone on the same machine, with nothing of the cluster but the server that its database is on: what its clients
// wait is the machine's own.
import { createTestDatabase } from '../../../engine/testing/database.ts';
import { startEngineProcess } from '../../../engine/testing/process.ts';
import { Crowd } from '../crowd.ts';
import type { Random } from '../random.ts';
import { findLongestWait } from './pauses.ts';

/** As many as an engine of the cluster has. */
const clientsOfControl = 6;

export class Control {
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  /** @param undo gets what ends it */
  static async open(undo: (() => unknown)[]): Promise<Control> {
    const database = await createTestDatabase();
    undo.push(() => database.drop());
    const engine = await startEngineProcess(database.url, { HOST_THREADS: '1' });
    undo.push(() => engine.kill());
    return new Control(engine.ws);
  }

  startCrowd(name: string, random: Random): Promise<Crowd> {
    const client = { keepsWaits: true };
    return Crowd.start({ url: this.#url, clients: clientsOfControl, random, client, name });
  }
}

/** @returns how long any of the crowd's commands waited within that time */
export const findLongestOf = ({ clients }: Crowd, fromMs: number, toMs: number): number =>
  Math.max(...clients.map(({ waits }) => findLongestWait(waits, fromMs, toMs)));
