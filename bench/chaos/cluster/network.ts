// What lies between the machines of a cluster: network namespaces on a bridge, where packets can be dropped, or loopback.
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import type { Child } from '../../processes/child.ts';
import type { LinksAnswers } from './links.ts';

/** A machine of the cluster: where its engine is started, and its links to the servers. */
export type Machine = {
  address: string;
  /** The program that starts something there. */
  prefix: readonly string[];
  databaseUrl: string;
  natsUrls: readonly string[];
};

export type Server = 'nats' | 'database';

export type Network = {
  /** What it is, in the words of a table. */
  name: string;
  /** The address at which machines reach the servers' links. */
  serversAddress: string;
  /** @returns the address and the prefix of a machine */
  addMachine(): Pick<Machine, 'address' | 'prefix'>;
  /** Nothing passes between the machine and the servers any more, and neither side learns of it. */
  cut(machine: Machine, server: Server): Promise<void>;
  heal(machine: Machine): Promise<void>;
  /** So much of what passes gets lost, where packets can be. */
  losePackets(machine: Machine, share: number): void;
  close(): void;
};

export function openNetwork(links: Child<LinksAnswers>): Network {
  return process.getuid?.() === 0 && hasTools() ? new Namespaces() : new Loopback(links);
}

function hasTools(): boolean {
  try {
    run('ip', 'netns', 'list');
    run(...ownShare, 'true');
    run('iptables', '--version');
    return true;
  } catch {
    return false;
  }
}

const run = (program: string, ...parameters: string[]): string =>
  execFileSync(program, parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** In a session of its own an engine has a share of the processors beside whatever else runs (sched_autogroup), as a machine has. */
const ownShare = ['setsid'] as const;

const portsOf = (urls: readonly string[]): string => urls.map((url) => new URL(url).port).join(',');
const urlsTo = ({ natsUrls, databaseUrl }: Machine, server: Server) => (server === 'nats' ? natsUrls : [databaseUrl]);

/** The names that are taken: a namespace may outlast its removal, until the last socket in it is gone. */
let namesGiven = 0;

/** Names of interfaces have 15 characters at most. */
const giveName = () => `lc${process.pid}-${++namesGiven}`;

class Namespaces implements Network {
  readonly name = 'network namespaces';
  readonly #bridge = giveName();
  readonly #net = `10.${randomInt(100, 250)}.${randomInt(1, 250)}`;
  /** Each has the name of its interface on the bridge. */
  readonly #names: string[] = [];
  readonly serversAddress = `${this.#net}.1`;

  constructor() {
    run('ip', 'link', 'add', this.#bridge, 'type', 'bridge');
    run('ip', 'address', 'add', `${this.serversAddress}/24`, 'dev', this.#bridge);
    run('ip', 'link', 'set', this.#bridge, 'up');
    process.once('exit', this.close);
  }

  addMachine(): Pick<Machine, 'address' | 'prefix'> {
    const name = giveName();
    this.#names.push(name);
    const address = `${this.#net}.${10 + this.#names.length}`;
    run('ip', 'netns', 'add', name);
    run('ip', 'link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    run('ip', 'link', 'set', name, 'master', this.#bridge, 'up');
    run('ip', '-n', name, 'address', 'add', `${address}/24`, 'dev', 'eth0');
    for (const device of ['lo', 'eth0']) run('ip', '-n', name, 'link', 'set', device, 'up');
    return { address, prefix: [...ownShare, 'ip', 'netns', 'exec', name] };
  }

  async cut(machine: Machine, server: Server): Promise<void> {
    this.#addRules(machine, portsOf(urlsTo(machine, server)), []);
  }

  async heal(machine: Machine): Promise<void> {
    this.#runIn(machine, 'iptables', '-F');
  }

  losePackets(machine: Machine, share: number): void {
    const ports = portsOf([machine.databaseUrl, ...machine.natsUrls]);
    this.#addRules(machine, ports, ['-m', 'statistic', '--mode', 'random', '--probability', String(share)]);
  }

  #addRules(machine: Machine, ports: string, match: readonly string[]): void {
    const rule = ['-p', 'tcp', '-m', 'multiport', '--ports', ports, ...match, '-j', 'DROP'];
    for (const chain of ['INPUT', 'OUTPUT']) this.#runIn(machine, 'iptables', '-A', chain, ...rule);
  }

  #runIn({ prefix: [program = '', ...before] }: Machine, ...parameters: string[]): void {
    run(program, ...before, ...parameters);
  }

  readonly close = (): void => {
    process.off('exit', this.close);
    for (const name of this.#names.splice(0)) {
      run('ip', 'link', 'delete', name);
      run('ip', 'netns', 'delete', name);
    }
    run('ip', 'link', 'delete', this.#bridge);
  };
}

class Loopback implements Network {
  readonly name = 'loopback';
  readonly serversAddress = '127.0.0.1';
  readonly #links: Child<LinksAnswers>;

  constructor(links: Child<LinksAnswers>) {
    this.#links = links;
  }

  addMachine(): Pick<Machine, 'address' | 'prefix'> {
    return { address: '127.0.0.1', prefix: [] };
  }

  cut(machine: Machine, server: Server): Promise<void> {
    return this.#links.ask('hold', urlsTo(machine, server));
  }

  heal({ natsUrls, databaseUrl }: Machine): Promise<void> {
    return this.#links.ask('release', [...natsUrls, databaseUrl]);
  }

  losePackets(): void {
    // A proxy can't lose what TCP has delivered to it; the latency alone is left.
  }

  close(): void {
    // Nothing was made.
  }
}
