// Connections that a cookie has opened, each of which hears when its sign-in has ended, here or at another engine.
import type { Log } from '../log.ts';
import type { SignIn } from './sign-in.ts';

/** How late a connection hears of an end at another engine, or of one that came by itself. */
const lookIntervalMs = 10_000;

export type SignInWatchDependencies = {
  find(hash: string): Promise<SignIn | undefined>;
  now(): number;
  log: Pick<Log, 'debug'>;
};

export class SignInWatch {
  readonly #dependencies: SignInWatchDependencies;
  readonly #watchers = new Map<string, Set<() => void>>();
  #looking: NodeJS.Timeout | undefined;

  constructor(dependencies: SignInWatchDependencies) {
    this.#dependencies = dependencies;
  }

  /** @returns what ends the watching */
  add(hash: string, onEnd: () => void): () => void {
    const watchers = this.#watchers.get(hash) ?? new Set();
    this.#watchers.set(hash, watchers);
    watchers.add(onEnd);
    this.#looking ??= setInterval(() => void this.look(), lookIntervalMs).unref();
    return () => {
      watchers.delete(onEnd);
      if (watchers.size === 0 && this.#watchers.get(hash) === watchers) this.#watchers.delete(hash);
      if (this.#watchers.size === 0) this.close();
    };
  }

  /** Tells all that watch it. */
  end(hash: string): void {
    const watchers = this.#watchers.get(hash);
    this.#watchers.delete(hash);
    for (const tell of watchers ?? []) tell();
  }

  /** Looks whether all that are watched go on. */
  async look(): Promise<void> {
    await Promise.all([...this.#watchers.keys()].map((hash) => this.#lookAt(hash)));
  }

  close(): void {
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  async #lookAt(hash: string): Promise<void> {
    const { find, now, log } = this.#dependencies;
    try {
      const signIn = await find(hash);
      if (!signIn || signIn.expiresAtMs <= now()) this.end(hash);
    } catch (error) {
      log.debug('signIn.failed', { where: 'watch', reason: String(error) }); // It is looked at again.
    }
  }
}
