// An engine alone beside the cluster, in a place as its engines have and with a link to PostgreSQL as they have: what its clients
// wait is the machine's own.
import { createTestDatabase } from '../../../engine/testing/database.ts';
import { startEngineProcess } from '../../../engine/testing/process.ts';
import { Crowd } from '../crowd.ts';
import type { Random } from '../random.ts';
import type { Network } from './network.ts';
import { findLongestWait } from './pauses.ts';

/** As many as an engine of the cluster has. */
const clientsOfControl = 6;

export class Control {
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  /** @param openLink makes one to a server, and has its URL @param undo gets what ends it */
  static async open(
    network: Network,
    openLink: (target: string) => Promise<string>,
    undo: (() => unknown)[],
  ): Promise<Control> {
    const database = await createTestDatabase();
    undo.push(() => database.drop());
    const { address, prefix } = network.addMachine();
    const environment = { HOST: address, HOST_THREADS: '1' };
    const engine = await startEngineProcess(await openLink(database.url), environment, [], { prefix });
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
