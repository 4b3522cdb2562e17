// The git proxy's HTTP server at one address: who is let in, how many, and for how long.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { familyOf } from '../outbound/address.ts';
import { Admission } from './admission.ts';
import type { ListenAddress } from './listen-address.ts';
import { gitRequestTimeoutMs } from './pass-request.ts';

/** How long a connection to the git proxy may take to send a request's headers. */
const gitHeadersTimeoutMs = 10_000;
/** Connections to one host's git proxy; each takes two descriptors while something passes. */
export const gitConnectionsMax = 1_000;

export class GitListener {
  readonly #server: Server;
  readonly #address: ListenAddress;
  /** The listener's origin for sandboxes: `http://172.18.0.1:40123`. */
  readonly origin: string;

  private constructor(server: Server, address: ListenAddress) {
    this.#server = server;
    this.#address = address;
    this.origin = `http://${address.kind === 'socket' ? address.hostname : authorityOf(server.address() as AddressInfo)}`;
    if (address.kind === 'socket') return;
    const admission = new Admission(address);
    server.on('connection', (socket) => void admission.admit(socket));
  }

  static async open(address: ListenAddress, serve: RequestListener): Promise<Outcome<GitListener>> {
    let problem = 'it has no address';
    for (const target of listTargets(address)) {
      const opened = await GitListener.#listenAt(target, address, serve);
      if (opened instanceof GitListener) return succeeded(opened);
      problem = opened.message;
    }
    return failed('sandboxFailed', `The git proxy can't listen where sandboxes could reach it: ${problem}`);
  }

  static async #listenAt(
    target: ListenTarget,
    address: ListenAddress,
    serve: RequestListener,
  ): Promise<GitListener | Error> {
    const server = createServer(
      {
        maxHeaderSize: limits.gitHeadersBytesMax,
        headersTimeout: gitHeadersTimeoutMs,
        connectionsCheckingInterval: gitHeadersTimeoutMs,
        requestTimeout: gitRequestTimeoutMs,
        keepAliveTimeout: gitHeadersTimeoutMs,
      },
      serve,
    );
    server.maxConnections = gitConnectionsMax;
    const problem = await new Promise<Error | undefined>((resolve) => {
      server.on('error', resolve).listen(target, () => resolve(undefined));
    });
    return problem ?? new GitListener(server, address);
  }

  isAt(address: ListenAddress): boolean {
    return nameOfAddress(address) === nameOfAddress(this.#address);
  }

  async close(): Promise<void> {
    await new Promise((resolve) => {
      this.#server.close(resolve);
      this.#server.closeAllConnections();
    });
  }
}

type ListenTarget = { host: string; port: number } | { path: string };

/** Lists all that is tried, since an address may be another machine's and a port taken. */
function listTargets(address: ListenAddress): ListenTarget[] {
  if (address.kind === 'socket') return [{ path: address.socketPath }];
  const ports = Array.from({ length: address.ports.count }, (_, at) => address.ports.min + at);
  return address.addresses.flatMap((host) => ports.map((port) => ({ host, port })));
}

const authorityOf = ({ address, port }: AddressInfo): string =>
  `${familyOf(address) === 'ipv6' ? `[${address}]` : address}:${port}`;

const nameOfAddress = (address: ListenAddress): string =>
  address.kind === 'socket' ? address.socketPath : address.addresses.join();
