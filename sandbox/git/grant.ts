// One session's right to its repository: the repository, the token for it, and the requests on their way.
import { randomBytes } from 'node:crypto';
import type { Failure } from '../../schema/error.ts';
import { hasToken } from '../../schema/rules/git-credentials.ts';
import type { AskedRepository } from './git-answer.ts';
import type { GitRequest } from './git-route.ts';
import { repositoryNameOf } from './repo-url.ts';

/** Requests of one session that pass at once: git makes one at a time, and an agent runs it a few times at once. */
export const gitRequestsPerSessionMax = 8;

export class Grant {
  /** The part of the grant's URL that can't be guessed. */
  readonly id = randomBytes(16).toString('base64url');
  /** The rest of the grant's path, readable for people: `/github.com/user/repo`. */
  readonly repositoryPath: string;
  /** In the form of `git-credentials.ts`. */
  readonly credentials: string | null;
  #base: URL;
  readonly #running = new Set<AbortController>();
  #failure: Failure | undefined;

  /** @param url as `checkRepoUrl` gives it */
  constructor(url: string, credentials: string | null) {
    this.#base = new URL(url);
    this.repositoryPath = `/${repositoryNameOf(url)}`;
    this.credentials = credentials;
  }

  urlOf({ path }: GitRequest): URL {
    return new URL(this.#base.href + path);
  }

  describe(request: GitRequest): AskedRepository {
    return {
      host: this.#base.host,
      repository: this.repositoryPath.slice(1),
      hasToken: hasToken(this.credentials),
      request,
    };
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
