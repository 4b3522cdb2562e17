// One session's right to its repository: which it is, the token that goes along, and what is on its way.
import { randomBytes } from 'node:crypto';
import type { Failure } from '../../schema/error.ts';
import { hasToken } from '../../schema/rules/git-credentials.ts';
import type { AskedRepository } from './git-answer.ts';
import type { GitRequest } from './git-route.ts';
import { repositoryNameOf } from './repo-url.ts';

/** Requests of one session that pass at once: git makes one at a time, and an agent runs a few gits. */
export const gitRequestsPerSessionMax = 8;

export class Grant {
  /** What can't be guessed of the grant's URL. */
  readonly id = randomBytes(16).toString('base64url');
  /** Rest of the grant's path, for people who see it: `/github.com/user/repo`. */
  readonly place: string;
  /** As `git-credentials.ts` has them. */
  readonly credentials: string | null;
  #base: URL;
  readonly #running = new Set<AbortController>();
  #failure: Failure | undefined;

  /** @param url as `checkRepoUrl` gives it */
  constructor(url: string, credentials: string | null) {
    this.#base = new URL(url);
    this.place = `/${repositoryNameOf(url)}`;
    this.credentials = credentials;
  }

  /** Where a request is sent. */
  urlOf({ path }: GitRequest): URL {
    return new URL(this.#base.href + path);
  }

  describe(request: GitRequest): AskedRepository {
    return { host: this.#base.host, repository: this.place.slice(1), hasToken: hasToken(this.credentials), request };
  }

  /** Sends later requests to the path where the server has the repository now. */
  moveTo(base: URL): void {
    this.#base = base;
  }

  /** @returns what ends the request, or undefined when too many are on their way */
  beginRequest(): AbortController | undefined {
    if (this.#running.size >= gitRequestsPerSessionMax) return undefined;
    const request = new AbortController();
    this.#running.add(request);
    return request;
  }

  endRequest(request: AbortController, failure: Failure | undefined): void {
    this.#running.delete(request);
    this.#failure = failure;
  }

  /** Why the request that ended last failed. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  abortAll(): void {
    for (const request of this.#running) request.abort();
  }
}
