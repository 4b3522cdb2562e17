// Removes folders that ended sessions have left after a crash, an earlier version of the engine or a deleted chat.
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { limits } from '../../schema/limits.ts';
import { reasonOf } from '../../schema/reason-of.ts';
import { PeriodicCheck } from '../scheduling/periodic-check.ts';
import { ownFolders } from './local-folders.ts';
import { removeFolders } from './remove-folders.ts';

/** How long a workspace without a row is kept, for an operator who started the engine on the wrong database. */
export const unknownFolderMs = 7 * 24 * 3_600_000;

/** Looks up what the engine knows about sessions. */
export type FolderLookup = {
  /** Whether an actor may have the session now. */
  isLive(sessionId: string): boolean;
  /** Of these sessions, those that can be activated again. */
  findActivatable(sessionIds: string[]): Promise<ReadonlySet<string>>;
  /** Of these sessions, those that have ended according to their rows. */
  findEnded(sessionIds: string[]): Promise<ReadonlySet<string>>;
};

export type SweeperDependencies = {
  base: string;
  sessions: FolderLookup;
  intervalMs: number;
  now(): number;
  onRemoved(removed: { name: string; reason: string }): void;
  onFailed(reason: string): void;
};

/** Other folders of users and of an operator have no such names. */
const sessionName = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export class Sweeper {
  readonly #dependencies: SweeperDependencies;
  readonly #checks = new Map<string, number>();
  readonly #check: PeriodicCheck;

  constructor(dependencies: SweeperDependencies) {
    this.#dependencies = dependencies;
    this.#check = new PeriodicCheck({
      intervalMs: dependencies.intervalMs,
      runCheck: () => this.#sweep(),
      onFailed: (error) => dependencies.onFailed(reasonOf(error)),
    });
  }

  start(): void {
    this.#check.start();
  }

  close(): void {
    this.#check.close();
  }

  /** Sweeps once; joins a check that is under way. */
  sweepNow(): Promise<void> {
    return this.#check.checkNow();
  }

  async #sweep(): Promise<void> {
    const { base, sessions } = this.#dependencies;
    const found = await findFoldersBySession(base);
    for (const sessionId of this.#checks.keys()) if (!found.has(sessionId)) this.#checks.delete(sessionId);
    const ids = [...found.keys()].filter((sessionId) => !sessions.isLive(sessionId));
    for (let at = 0; at < ids.length; at += limits.pageRowsMax)
      await this.#sweepSessions(ids.slice(at, at + limits.pageRowsMax), found);
  }

  async #sweepSessions(ids: string[], found: ReadonlyMap<string, string[]>): Promise<void> {
    const { base, sessions, onRemoved, onFailed } = this.#dependencies;
    const [activatable, ended] = await Promise.all([sessions.findActivatable(ids), sessions.findEnded(ids)]);
    for (const sessionId of ids) {
      const checks = activatable.has(sessionId) ? 0 : (this.#checks.get(sessionId) ?? 0) + 1;
      this.#checks.set(sessionId, checks);
      const folders = found.get(sessionId) ?? [];
      const sighting = { checks, hasEnded: ended.has(sessionId), ageMs: await this.#measureAgeMs(folders) };
      const reason = findRemovalReason(sighting);
      if (reason === undefined || sessions.isLive(sessionId)) continue;
      const removed = await removeFolders(base, folders);
      if (removed.ok) onRemoved({ name: sessionId, reason });
      else onFailed(removed.failure.detail);
    }
  }

  /** Measures the time since something was made or removed in one of the folders. */
  async #measureAgeMs(folders: readonly string[]): Promise<number> {
    const places = folders.flatMap((folder) => [folder, path.join(folder, 'state')]);
    const changed = await Promise.all(
      places.map((place) =>
        stat(place).then(
          ({ mtimeMs }) => mtimeMs,
          () => 0,
        ),
      ),
    );
    return this.#dependencies.now() - Math.max(...changed);
  }
}

export type FolderSighting = {
  /** Checks in a row at which the session was neither live nor could be activated. */
  checks: number;
  /** Whether the session's row says that it has ended. */
  hasEnded: boolean;
  ageMs: number;
};

/** An unknown session may be in another database, on which the engine was started before. */
export function findRemovalReason({ checks, hasEnded, ageMs }: FolderSighting): string | undefined {
  if (checks < 2) return undefined;
  if (hasEnded) return 'its session has ended';
  return ageMs >= unknownFolderMs ? 'its session is not known any more' : undefined;
}

async function findFoldersBySession(base: string): Promise<Map<string, string[]>> {
  const users = (await listFolders(base)).filter((name) => !name.startsWith('.'));
  const found = new Map<string, string[]>();
  for (const parent of [...users, ownFolders])
    for (const name of await listFolders(path.join(base, parent)))
      if (sessionName.test(name)) found.set(name, [...(found.get(name) ?? []), path.join(base, parent, name)]);
  return found;
}

async function listFolders(at: string): Promise<string[]> {
  const entries: Dirent[] = await readdir(at, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}
