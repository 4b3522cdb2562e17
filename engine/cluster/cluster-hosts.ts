// The hosts of sessions in a cluster: threads of this engine, and for sessions elsewhere the bus. What a host hands back
// since its session has moved is asked of the next owner.
import type { AskedOfSession } from '../../schema/bus-asks.ts';
import type { Outcome } from '../../schema/error.ts';
import type { Reply } from '../../schema/thread.ts';
import { type HostRequest, type Hosts, type Link, requestTimeoutMs } from '../ring/host-link.ts';
import type { Supervisor } from '../ring/supervisor.ts';
import { remoteHost } from '../sessions/directory.ts';
import { otherReply } from '../sessions/refusals.ts';
import { type Asks, hasMoved } from './asks.ts';

export type ClusterHostsDependencies = {
  supervisor: Pick<Supervisor, 'getLink' | 'getWorking'>;
  asks: Pick<Asks, 'ask' | 'isFull' | 'hasCommandOf'>;
  /** Somebody here has begun or ceased to follow a session elsewhere. */
  onCountChanged(sessionId: string): void;
  /** A client has brought other secrets, which are sealed in the session's row by now. */
  onSecretsChanged(sessionId: string): void;
};

export class ClusterHosts implements Hosts {
  readonly #dependencies: ClusterHostsDependencies;
  readonly #remote: Link;

  constructor(dependencies: ClusterHostsDependencies) {
    this.#dependencies = dependencies;
    this.#remote = this.#makeRemote();
  }

  getLink(host: number): Link {
    return host === remoteHost ? this.#remote : this.#makeLocal(this.#dependencies.supervisor.getLink(host));
  }

  getWorking(host: number): ReadonlySet<string> {
    return host === remoteHost ? new Set() : this.#dependencies.supervisor.getWorking(host);
  }

  #makeLocal(link: Link): Link {
    const { asks } = this.#dependencies;
    return {
      get isFull() {
        return link.isFull;
      },
      tell: (message) => link.tell(message),
      ask: async (request, timeoutMs = requestTimeoutMs) => {
        const asked = askedOf(request);
        if (asked && asks.hasCommandOf(asked.sessionId)) return asks.ask(asked, timeoutMs);
        const beganMs = performance.now();
        const reply = await link.ask(request, timeoutMs);
        return asked && hasMoved(reply) ? asks.ask(asked, timeoutMs - (performance.now() - beganMs)) : reply;
      },
    };
  }

  #makeRemote(): Link {
    const { asks, onCountChanged, onSecretsChanged } = this.#dependencies;
    return {
      get isFull() {
        return asks.isFull;
      },
      tell: (message) => {
        if (message.kind === 'clients' || message.kind === 'viewers') onCountChanged(message.sessionId);
        else if (message.kind === 'secrets') onSecretsChanged(message.sessionId);
      },
      ask: (request, timeoutMs = requestTimeoutMs): Promise<Outcome<Reply>> => {
        const asked = askedOf(request);
        return asked ? asks.ask(asked, timeoutMs) : Promise.resolve(otherReply);
      },
    };
  }
}

/** @returns undefined for what only a host of this engine is asked */
function askedOf(request: HostRequest): AskedOfSession | undefined {
  const { kind } = request;
  if (kind === 'command') return { kind, sessionId: request.sessionId, command: request.command };
  if (kind === 'measure' || kind === 'describe') return { kind, sessionId: request.sessionId };
  if (kind !== 'workspace') return undefined;
  return { kind, sessionId: request.sessionId, request: request.request, mayWake: request.mayWake };
}
