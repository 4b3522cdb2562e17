// The git gateway of one host: sandboxes reach their own repository through it, and the token stays on this side.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Failure, failed, type Outcome, succeeded } from '../../schema/error.ts';
import { tokenJoined } from '../../schema/rules/git-credentials.ts';
import { type AllowedHosts, checkRepoUrl } from '../../schema/rules/repo-url.ts';
import type { DockerConfig, Proxies, SandboxConfig } from '../../schema/thread.ts';
import { dockerDoor } from './docker-door.ts';
import { confinedDoor, type FindDoor, loopbackDoor, newSocketPath, noDoor, removeSocket } from './door.ts';
import { Grant } from './grant.ts';
import { Listener } from './listener.ts';
import { pass, refuse } from './passage.ts';
import { RelayedDoor } from './relayed-door.ts';
import { routeOf } from './route.ts';
import { type Resolve, Upstream } from './upstream.ts';

/** A session's way to its repository, for as long as the session's actor lives. */
export type GitGrant = {
  /** The repository's real URL, in the one spelling that is kept and shown. */
  readonly repoUrl: string;
  /** What stands for it inside the sandbox: `http://172.18.0.1:40123/…/github.com/user/repo`. */
  readonly url: string;
  /** Why git's last request failed, if it did. */
  readonly failure: Failure | undefined;
  /** Cuts off what is on its way, and lets nothing more pass. */
  revoke(): void;
};

export type GatewayParts = {
  findDoor: FindDoor;
  allowed: AllowedHosts;
  /** How names are resolved that the operator has not allowed; the system's DNS servers by themselves. */
  resolve?: Resolve;
  /** Absent where git servers are asked directly. */
  proxies?: Proxies | undefined;
  /** Something threw that never should. */
  onBug(error: unknown): void;
};

export class GitGateway {
  readonly #parts: GatewayParts;
  readonly #upstream: Upstream;
  readonly #grants = new Map<string, Grant>();
  #listener: Listener | undefined;
  #finding: Promise<Outcome<Listener>> | undefined;
  #isClosed = false;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    this.#upstream = new Upstream(parts);
  }

  /**
   * @param token the session's, as `git-credentials.ts` has it
   * @returns `badRepoUrl`, or `sandboxFailed` where sandboxes of this kind can't reach the gateway
   */
  async grant({ repoUrl, token }: { repoUrl: string; token: string | null }): Promise<Outcome<GitGrant>> {
    const checked = checkRepoUrl(repoUrl, this.#parts.allowed);
    if (!checked.ok) return checked;
    const listener = await this.#listening();
    if (!listener.ok) return listener;
    const grant = new Grant(checked.value.url, tokenJoined(token, checked.value.credentials));
    this.#grants.set(grant.id, grant);
    return succeeded({
      repoUrl: checked.value.url,
      url: `${listener.value.origin}/${grant.id}${grant.place}`,
      get failure() {
        return grant.failure;
      },
      revoke: () => {
        this.#grants.delete(grant.id);
        grant.cutOff();
      },
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#finding;
    for (const grant of this.#grants.values()) grant.cutOff();
    this.#grants.clear();
    await this.#listener?.close();
  }

  /** The listener at the door where it is now. */
  #listening(): Promise<Outcome<Listener>> {
    this.#finding ??= this.#listen().finally(() => {
      this.#finding = undefined;
    });
    return this.#finding;
  }

  async #listen(): Promise<Outcome<Listener>> {
    const door = await this.#parts.findDoor();
    if (!door.ok) return door;
    if (this.#isClosed) return failed('sandboxFailed', 'The git gateway is closed.');
    if (this.#listener?.isAt(door.value)) return succeeded(this.#listener);
    await this.#listener?.close();
    this.#listener = undefined;
    const listener = await Listener.open(door.value, (request, response) => this.#serve(request, response));
    if (listener.ok) this.#listener = listener.value;
    return listener;
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const route = routeOf(request.method ?? '', request.url ?? '', this.#listener?.origin ?? '');
    const grant = route && this.#grants.get(route.grantId);
    if (!route || grant?.place !== route.place)
      return refuse(
        response,
        403,
        "Only git passes here, to the session's own repository and while the session lasts.",
      );
    const passage = { grant, gitRequest: route.request, request, response, upstream: this.#upstream };
    pass(passage).catch((error) => {
      response.destroy();
      this.#parts.onBug(error);
    });
  }
}

export type OpenGateway = {
  gateway: GitGateway;
  /** Where confined local commands reach it: for the source of sandboxes. */
  socketPath: string | undefined;
  close(): Promise<void>;
};

/** The gateway for a host's sandboxes. */
export function openGateway(
  sandbox: SandboxConfig,
  parts: Pick<GatewayParts, 'allowed' | 'onBug' | 'proxies'>,
): OpenGateway {
  const socketPath = sandbox.kind === 'local' && sandbox.isConfined ? newSocketPath() : undefined;
  const relay = sandbox.kind === 'docker' ? relayOf(sandbox.settings) : undefined;
  const gateway = new GitGateway({ ...parts, findDoor: doorFinderOf(sandbox, socketPath, relay) });
  const close = async () => {
    await gateway.close();
    relay?.close();
    if (socketPath !== undefined) removeSocket(socketPath);
  };
  return { gateway, socketPath, close };
}

const relayOf = ({ gitRelay }: DockerConfig): RelayedDoor | undefined =>
  gitRelay === undefined ? undefined : new RelayedDoor(gitRelay);

function doorFinderOf(
  sandbox: SandboxConfig,
  socketPath: string | undefined,
  relay: RelayedDoor | undefined,
): FindDoor {
  if (sandbox.kind === 'docker') return dockerDoor(sandbox.settings, undefined, relay);
  if (socketPath !== undefined) return confinedDoor(socketPath);
  return sandbox.kind === 'local' ? async () => succeeded(loopbackDoor()) : noDoor;
}
