// The stage of a cluster: one PostgreSQL, three nats-servers, and three engines, each on a machine of its own.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findFreePort } from '../../../engine/database/embedded/free-port.ts';
import { createTestDatabase, type TestDatabase } from '../../../engine/testing/database.ts';
import { NatsServer, requireNats } from '../../../engine/testing/nats.ts';
import { type EngineProcess, startEngineProcess } from '../../../engine/testing/process.ts';
import { Child } from '../../processes/child.ts';
import { failAfter } from '../crowd.ts';
import { Control } from './control.ts';
import type { LinksAnswers } from './links.ts';
import { type Machine, type Network, openNetwork } from './network.ts';

export const enginesOfStage = 3;
const startWithinMs = 180_000;
/** For the suite's own connections: it waits for a busy machine, and judges nobody by it. */
const patience = 'connect_timeout=60';

/** What differs at one engine from the others. */
export type EngineSettings = {
  environment?: Record<string, string>;
  /** More flags of Node. */
  flags?: readonly string[];
  /** The checkout whose engine it is; this one by default. */
  checkout?: string;
  /** The size of the disk that its storage is on, where that is one of its own. */
  diskBytes?: number;
};

export type Seat = {
  machine: Machine;
  settings: EngineSettings;
  folder: string;
  port: number;
  process?: EngineProcess;
  /** Those before it, and itself. */
  processes: EngineProcess[];
};

type StageParts = Pick<ClusterStage, 'network' | 'links' | 'nats' | 'seats' | 'databaseUrl' | 'control'>;

export class ClusterStage {
  readonly network: Network;
  readonly links: Child<LinksAnswers>;
  readonly nats: readonly NatsServer[];
  readonly seats: readonly Seat[];
  readonly databaseUrl: string;
  readonly control: Control;
  readonly #undo: (() => unknown)[];

  /** @param undo what ends the parts, last first */
  constructor(parts: StageParts, undo: (() => unknown)[]) {
    this.network = parts.network;
    this.links = parts.links;
    this.nats = parts.nats;
    this.seats = parts.seats;
    this.databaseUrl = parts.databaseUrl;
    this.control = parts.control;
    this.#undo = undo;
  }

  /** @param settings of the engine with that number */
  static async open(settings: (engine: number) => EngineSettings): Promise<ClusterStage> {
    requireNats();
    const undo: (() => unknown)[] = [];
    try {
      return await build(settings, undo);
    } catch (error) {
      await undoAll(undo);
      throw error;
    }
  }

  /** Where clients connect to each engine. */
  get wsUrls(): string[] {
    return this.seats.map(({ machine, port }) => `ws://${machine.address}:${port}/api/v1/ws`);
  }

  seatOf(engine: number): Seat {
    const seat = this.seats[engine];
    if (!seat) throw new Error(`There is no engine ${engine}.`);
    return seat;
  }

  natsOf(server: number): NatsServer {
    const found = this.nats[server];
    if (!found) throw new Error(`There is no nats-server ${server}.`);
    return found;
  }

  processOf(engine: number): EngineProcess {
    const { process } = this.seatOf(engine);
    if (!process) throw new Error(`The engine ${engine} does not run.`);
    return process;
  }

  /** @param checkout in place of its settings' */
  async startEngine(engine: number, checkout?: string): Promise<void> {
    const seat = this.seatOf(engine);
    const { machine, settings, folder, port } = seat;
    const environment = {
      HOST: machine.address,
      PORT: String(port),
      NODE_NAME: nameOfEngine(engine),
      WORKSPACE_BASE_PATH: folder,
      CLUSTER_URL: machine.natsUrls.join(','),
      ENCRYPTION_KEY: 'a key for sealing that is long enough for anybody',
      HOST_THREADS: '1',
      ...settings.environment,
    };
    const from = checkout ?? settings.checkout;
    const place = { prefix: machine.prefix, ...(from !== undefined && { checkout: from }) };
    const starting = startEngineProcess(machine.databaseUrl, environment, settings.flags, place);
    const started = await failAfter(starting, startWithinMs, `The engine ${engine} did not start`);
    seat.process = started;
    seat.processes.push(started);
    void started.ended.then(() => {
      if (seat.process === started) delete seat.process;
    });
  }

  /** Starts every engine and server that does not run, and heals the network. */
  async mend(): Promise<void> {
    for (const server of this.nats) if (!server.isRunning) await server.restart();
    for (const { machine } of this.seats) {
      await this.network.heal(machine);
      await this.links.ask('slowDown', [machine.databaseUrl, ...machine.natsUrls], 0);
    }
    await Promise.all(this.seats.map(({ process }, engine) => process ?? this.startEngine(engine)));
  }

  /** Writes what every engine has logged. @returns the folder, which stays */
  async keepLogs(): Promise<string> {
    const folder = await mkdtemp(path.join(tmpdir(), 'lucid-chaos-logs-'));
    for (const [engine, { processes }] of this.seats.entries())
      for (const [number, { pid, output }] of processes.entries())
        await writeFile(path.join(folder, `${nameOfEngine(engine)}-${number}-${pid}.log`), output());
    return folder;
  }

  async close(): Promise<void> {
    await undoAll(this.#undo);
  }
}

/** The name of an engine, unless its settings give it another. */
export const nameOfEngine = (engine: number): string => `n${engine}`;

async function undoAll(undo: (() => unknown)[]): Promise<void> {
  for (const act of undo.splice(0).reverse()) await act();
}

async function build(settingsOf: (engine: number) => EngineSettings, undo: (() => unknown)[]): Promise<ClusterStage> {
  const database: TestDatabase = await createTestDatabase();
  undo.push(() => database.drop());
  const folder = await mkdtemp(path.join(tmpdir(), 'lucid-chaos-cluster-'));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  const nats = await startNats(folder, undo);
  const links = new Child<LinksAnswers>('chaos/cluster/links.ts');
  undo.push(() => links.end());
  const network = openNetwork(links);
  undo.push(() => network.close());
  const open = (target: string) => links.ask('openLink', target, network.serversAddress);
  const seats: Seat[] = [];
  for (let engine = 0; engine < enginesOfStage; engine++) {
    const place = network.addMachine();
    const machine: Machine = {
      ...place,
      databaseUrl: await open(database.url),
      natsUrls: await Promise.all(nats.map(({ url }) => open(url))),
    };
    const settings = settingsOf(engine);
    const own = path.join(folder, nameOfEngine(engine));
    await mkdir(own);
    if (settings.diskBytes !== undefined) mountDisk(own, settings.diskBytes, undo);
    seats.push({ machine, settings, folder: own, port: await findFreePort(), processes: [] });
  }
  const control = await Control.open(network, open, undo);
  const stage = new ClusterStage(
    { network, links, nats, seats, databaseUrl: `${database.url}?${patience}`, control },
    undo,
  );
  undo.push(() => Promise.all(seats.map(({ process }) => process?.kill())));
  for (let engine = 0; engine < enginesOfStage; engine++) await stage.startEngine(engine);
  return stage;
}

/** Each knows the others, and clients only those that they were told. */
async function startNats(folder: string, undo: (() => unknown)[]): Promise<NatsServer[]> {
  const ports = [await findFreePort(), await findFreePort(), await findFreePort()];
  const routes = ports.map((port) => `"nats://127.0.0.1:${port}"`).join(', ');
  const servers: NatsServer[] = [];
  for (const [number, port] of ports.entries()) {
    const file = path.join(folder, `nats-${number}.conf`);
    const cluster = `cluster { name: chaos, listen: "127.0.0.1:${port}", no_advertise: true, routes: [${routes}] }`;
    await writeFile(file, `server_name: "nats-${number}"\nmax_payload: 4MB\n${cluster}\n`);
    servers.push(await NatsServer.start({ after: (act) => void undo.push(act as () => unknown) }, ['-c', file]));
  }
  return servers;
}

const runAsRoot = (program: string, parameters: readonly string[]) => execFileSync(program, parameters);

function mountDisk(folder: string, bytes: number, undo: (() => unknown)[]): void {
  if (process.getuid?.() !== 0) throw new Error('Only root can mount a small disk.');
  runAsRoot('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]);
  undo.push(() => runAsRoot('umount', ['-l', folder]));
}
