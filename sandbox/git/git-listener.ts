// The gateway's HTTP server at one door: who is let in, how many, and for how long.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { Admission } from './admission.ts';
import { familyOf, type ListenAddress } from './listen-address.ts';

export class GitListener {
  readonly #server: Server;
  readonly #address: ListenAddress;
  /** What sandboxes call it: `http://172.18.0.1:40123`. */
  readonly origin: string;

  private constructor(server: Server, door: ListenAddress) {
    this.#server = server;
    this.#address = door;
    this.origin = `http://${door.kind === 'socket' ? door.hostname : authorityOf(server.address() as AddressInfo)}`;
    if (door.kind === 'socket') return;
    const admission = new Admission(door);
    server.on('connection', (socket) => void admission.admit(socket));
  }

  static async open(door: ListenAddress, serve: RequestListener): Promise<Outcome<GitListener>> {
    let problem = 'it has no address';
    for (const place of placesOf(door)) {
      const opened = await GitListener.#listenAt(place, door, serve);
      if (opened instanceof GitListener) return succeeded(opened);
      problem = opened.message;
    }
    return failed('sandboxFailed', `The git gateway can't listen where sandboxes could reach it: ${problem}`);
  }

  static async #listenAt(place: Place, door: ListenAddress, serve: RequestListener): Promise<GitListener | Error> {
    const server = createServer(
      {
        maxHeaderSize: limits.gitHeadersBytesMax,
        headersTimeout: limits.gitHeadersTimeoutMs,
        connectionsCheckingInterval: limits.gitHeadersTimeoutMs,
        requestTimeout: limits.gitRequestTimeoutMs,
        keepAliveTimeout: limits.gitHeadersTimeoutMs,
      },
      serve,
    );
    server.maxConnections = limits.gitConnectionsMax;
    const problem = await new Promise<Error | undefined>((resolve) => {
      server.on('error', resolve).listen(place, () => resolve(undefined));
    });
    return problem ?? new GitListener(server, door);
  }

  /** Whether it still is at this door. */
  isAt(door: ListenAddress): boolean {
    return placeOf(door) === placeOf(this.#address);
  }

  async close(): Promise<void> {
    await new Promise((resolve) => {
      this.#server.close(resolve);
      this.#server.closeAllConnections();
    });
  }
}

type Place = { host: string; port: number } | { path: string };

/** Every one that will do: addresses may be another machine's, and ports taken. */
function placesOf(door: ListenAddress): Place[] {
  if (door.kind === 'socket') return [{ path: door.socketPath }];
  const ports = Array.from({ length: door.ports.count }, (_, at) => door.ports.min + at);
  return door.addresses.flatMap((host) => ports.map((port) => ({ host, port })));
}

const authorityOf = ({ address, port }: AddressInfo): string =>
  `${familyOf(address) === 'ipv6' ? `[${address}]` : address}:${port}`;

const placeOf = (door: ListenAddress): string => (door.kind === 'socket' ? door.socketPath : door.addresses.join());
