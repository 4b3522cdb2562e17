// Removes containers and workspaces that nobody needs any more: leftovers of a crash, and idle ones after a while.
import type Docker from 'dockerode';
import { limits } from '../../schema/limits.ts';
import { type DockerSettings, labels, warmSession } from './settings.ts';

export type ReaperParts = {
  docker: Docker;
  settings: DockerSettings;
  /** Of these sessions, those that can be activated again. */
  activatable(sessionIds: string[]): Promise<ReadonlySet<string>>;
  removeAfterMs: number;
  now(): number;
  onRemoved(removed: { name: string; reason: string }): void;
  onFailed(error: unknown): void;
};

type Found = {
  id: string;
  name: string;
  /** Undefined for one that was made ahead, or is being replaced. */
  sessionId: string | undefined;
  isPaused: boolean;
  createdAtMs: number;
  run: string;
  volumes: string[];
};

export class Reaper {
  readonly #parts: ReaperParts;
  readonly #startedAtMs: number;
  readonly #pausedSinceMs = new Map<string, number>();
  #danglingBefore = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #sandboxes = 0;

  constructor(parts: ReaperParts) {
    this.#parts = parts;
    this.#startedAtMs = parts.now();
  }

  /** Sandboxes of sessions, as of the last look. */
  get sandboxes(): number {
    return this.#sandboxes;
  }

  start(): void {
    this.#timer = setInterval(() => void this.sweep(), limits.reaperIntervalMs);
    this.#timer.unref();
    void this.sweep();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Looks once. Only what carries this engine's id is seen at all. */
  async sweep(): Promise<void> {
    try {
      const found = await this.#containers();
      const needed = await this.#parts.activatable(found.flatMap(({ sessionId }) => sessionId ?? []));
      const doomed = found.flatMap((container) => {
        const reason = this.#reasonToRemove(container, needed);
        return reason === undefined ? [] : [{ container, reason }];
      });
      const gone = new Set(doomed.map(({ container }) => container));
      this.#sandboxes = found.filter((one) => one.sessionId !== undefined && !gone.has(one)).length;
      for (const { container, reason } of doomed) await this.#remove(container, reason);
      await this.#removeVolumes();
    } catch (error) {
      this.#parts.onFailed(error);
    }
  }

  #reasonToRemove(container: Found, needed: ReadonlySet<string>): string | undefined {
    const { settings, removeAfterMs, now } = this.#parts;
    if (container.run !== settings.runId && container.sessionId === undefined) return 'left by an earlier start';
    if (container.sessionId === undefined) return undefined;
    // A container of this start may be younger than its session's row.
    const isSettled = container.createdAtMs < this.#startedAtMs || now() - container.createdAtMs > limits.reaperGraceMs;
    if (isSettled && !needed.has(container.sessionId)) return 'its session has ended';
    if (!container.isPaused) this.#pausedSinceMs.delete(container.id);
    else if (!this.#pausedSinceMs.has(container.id)) this.#pausedSinceMs.set(container.id, now());
    const pausedSinceMs = this.#pausedSinceMs.get(container.id) ?? now();
    return container.isPaused && now() - pausedSinceMs >= removeAfterMs ? 'it was idle too long' : undefined;
  }

  async #containers(): Promise<Found[]> {
    const { docker, settings } = this.#parts;
    const label = [`${labels.managed}=true`, `${labels.engine}=${settings.engineId}`];
    const listed = await docker.listContainers({ all: true, filters: { label } });
    return listed.map(({ Id, Names, State, Created, Labels, Mounts }) => {
      const name = (Names[0] ?? '').replace(/^\//, '');
      return {
        id: Id,
        name,
        sessionId: sessionIdOf(name, settings.containerPrefix),
        isPaused: State === 'paused',
        createdAtMs: Created * 1_000,
        run: Labels[labels.run] ?? '',
        volumes: Mounts.flatMap(({ Name }) => Name ?? []),
      };
    });
  }

  async #remove({ id, name, volumes }: Found, reason: string): Promise<void> {
    const { docker } = this.#parts;
    await docker.getContainer(id).remove({ force: true });
    for (const volume of volumes) await docker.getVolume(volume).remove({ force: true });
    this.#pausedSinceMs.delete(id);
    this.#parts.onRemoved({ name, reason });
  }

  /** A workspace that no container has had at two looks in a row. */
  async #removeVolumes(): Promise<void> {
    const { docker, settings } = this.#parts;
    const filters = { dangling: ['true'], label: [`${labels.engine}=${settings.engineId}`] };
    const { Volumes } = await docker.listVolumes({ filters: JSON.stringify(filters) as never });
    const dangling = new Set((Volumes ?? []).map((volume) => volume.Name));
    for (const name of dangling)
      if (this.#danglingBefore.has(name)) await docker.getVolume(name).remove({ force: true });
    this.#danglingBefore = dangling;
  }
}

/** The session of a container, by its name: a warm one is renamed when a session gets it. */
function sessionIdOf(name: string, prefix: string): string | undefined {
  if (!name.startsWith(prefix)) return undefined;
  const id = name.slice(prefix.length);
  return id.startsWith(`${warmSession}-`) || id.includes('-replaced-') ? undefined : id;
}
