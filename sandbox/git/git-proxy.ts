// The git proxy of one host: sandboxes reach their own repository through it, and the token stays outside of them.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Failure, failed, type Outcome, succeeded } from '../../schema/error.ts';
import { joinToken } from '../../schema/rules/git-credentials.ts';
import type { AllowedHosts, Proxies } from '../../schema/thread.ts';
import type { Resolve } from '../outbound/checked-lookup.ts';
import { GitListener } from './git-listener.ts';
import { parseRoute } from './git-route.ts';
import { Grant } from './grant.ts';
import type { FindListenAddress } from './listen-address.ts';
import { passRequest, refuseGitRequest } from './pass-request.ts';
import { checkRepoUrl } from './repo-url.ts';
import { Upstream } from './upstream.ts';

/** A session's way to its repository, for as long as the session's actor lives. */
export type GitGrant = {
  /** The repository's real URL, in the one spelling that is kept and shown. */
  readonly repoUrl: string;
  /** The URL that stands for it inside the sandbox: `http://172.18.0.1:40123/…/github.com/user/repo`. */
  readonly url: string;
  /** The reason where git's last request failed. */
  readonly failure: Failure | undefined;
  /** Cuts requests on their way, and refuses later ones. */
  revoke(): void;
};

export type GitRequested = {
  repoUrl: string;
  /** Of the session, in the form of `git-credentials.ts`. */
  token: string | null;
  /** The daemon of a pool that the sandbox is at. */
  daemon?: string | undefined;
};

/** Gives sessions ways to their repositories. */
export interface GrantsGit {
  grant(requested: GitRequested): Promise<Outcome<GitGrant>>;
}

export type GitProxyDependencies = {
  findListenAddress: FindListenAddress;
  allowed: AllowedHosts;
  /** Resolves hosts that the operator has not allowed; without it the system's DNS servers do. */
  resolve?: Resolve;
  /** Absent where git servers are asked directly. */
  proxies?: Proxies | undefined;
  /** Called with an error that should never be thrown. */
  onBug(error: unknown): void;
};

export class GitProxy implements GrantsGit {
  readonly #dependencies: GitProxyDependencies;
  readonly #upstream: Upstream;
  readonly #grants = new Map<string, Grant>();
  #listener: GitListener | undefined;
  #opening: Promise<Outcome<GitListener>> | undefined;
  #isClosed = false;

  constructor(dependencies: GitProxyDependencies) {
    this.#dependencies = dependencies;
    this.#upstream = new Upstream(dependencies);
  }

  /** @returns `badRepoUrl`, or `sandboxFailed` where sandboxes of this kind can't reach the proxy */
  async grant({ repoUrl, token }: GitRequested): Promise<Outcome<GitGrant>> {
    const checked = checkRepoUrl(repoUrl, this.#dependencies.allowed);
    if (!checked.ok) return checked;
    const listener = await this.#ensureListener();
    if (!listener.ok) return listener;
    const grant = new Grant(checked.value.url, joinToken(token, checked.value.credentials));
    this.#grants.set(grant.id, grant);
    return succeeded({
      repoUrl: checked.value.url,
      url: `${listener.value.origin}/${grant.id}${grant.repositoryPath}`,
      get failure() {
        return grant.failure;
      },
      revoke: () => {
        this.#grants.delete(grant.id);
        grant.abortAll();
      },
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#opening;
    for (const grant of this.#grants.values()) grant.abortAll();
    this.#grants.clear();
    await this.#listener?.close();
  }

  /** Opens the listener anew where its address has changed. */
  #ensureListener(): Promise<Outcome<GitListener>> {
    this.#opening ??= this.#listen().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #listen(): Promise<Outcome<GitListener>> {
    const address = await this.#dependencies.findListenAddress();
    if (!address.ok) return address;
    if (this.#isClosed) return failed('sandboxFailed', 'The git proxy is closed.');
    if (this.#listener?.isAt(address.value)) return succeeded(this.#listener);
    await this.#listener?.close();
    this.#listener = undefined;
    const listener = await GitListener.open(address.value, (request, response) => this.#serve(request, response));
    if (listener.ok) this.#listener = listener.value;
    return listener;
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const route = parseRoute(request.method ?? '', request.url ?? '', this.#listener?.origin ?? '');
    const grant = route && this.#grants.get(route.grantId);
    if (!route || grant?.repositoryPath !== route.repositoryPath)
      return refuseGitRequest(
        response,
        403,
        "Only git passes here, to the session's own repository and while the session lasts.",
      );
    const proxied = { grant, gitRequest: route.request, request, response, upstream: this.#upstream };
    passRequest(proxied).catch((error) => {
      response.destroy();
      this.#dependencies.onBug(error);
    });
  }
}
