// The git proxies of one host for a pool of daemons: each listens where the sandboxes of its daemon reach it.
import { failed, type Outcome } from '../../schema/error.ts';
import type { GitGrant, GitProxy, GitRequested, GrantsGit } from './git-proxy.ts';

export class PooledGit implements GrantsGit {
  readonly #proxies: ReadonlyMap<string, GitProxy>;

  /** @param proxies by the names of their daemons */
  constructor(proxies: ReadonlyMap<string, GitProxy>) {
    this.#proxies = proxies;
  }

  async grant(requested: GitRequested): Promise<Outcome<GitGrant>> {
    const proxy = this.#proxies.get(requested.daemon ?? '');
    return proxy ? proxy.grant(requested) : failed('sandboxFailed', 'The sandbox is at no daemon of the pool.');
  }

  async close(): Promise<void> {
    await Promise.all([...this.#proxies.values()].map((proxy) => proxy.close()));
  }
}
