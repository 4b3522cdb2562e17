// Removes containers and workspaces that nobody needs any more: leftovers of a crash, and idle ones after a while.
import type Docker from 'dockerode';
import { Looking } from '../looking.ts';
import { isInUse } from './container.ts';
import { isDaemonAway } from './daemon.ts';
import { type DockerSettings, labels, replacedMark, warmSession } from './settings.ts';
import { type Stage, type Verdict, verdictOn } from './verdict.ts';

/** What the engine knows of sessions. */
export type SessionLookup = {
  /** Whether an actor may have the session now. */
  isLive(sessionId: string): boolean;
  /** Of these sessions, those that can be activated again. */
  activatable(sessionIds: string[]): Promise<ReadonlySet<string>>;
};

export type ReaperParts = {
  docker: Docker;
  settings: Pick<DockerSettings, 'engineId' | 'containerPrefix'>;
  /** Whether the host that was started as this run is still there. */
  isRunning(runId: string): boolean;
  sessions: SessionLookup;
  removeAfterMs: number;
  intervalMs: number;
  now(): number;
  onPaused(paused: { name: string }): void;
  onRemoved(removed: { name: string; reason: string }): void;
  onFailed(error: unknown): void;
};

type Found = {
  id: string;
  name: string;
  /** Undefined for one that was made ahead, or was replaced. */
  sessionId: string | undefined;
  isLive: boolean;
  stage: Stage;
  hasMaker: boolean;
  volumes: string[];
};

/** In which stage a container was seen last, since when, and at how many looks in a row. */
type Memory = { stage: Stage; sinceMs: number; looks: number };

export class Reaper {
  readonly #parts: ReaperParts;
  readonly #memories = new Map<string, Memory>();
  #danglingBefore = new Set<string>();
  readonly #looking: Looking;
  #isClosed = false;

  constructor(parts: ReaperParts) {
    this.#parts = parts;
    this.#looking = new Looking({
      intervalMs: parts.intervalMs,
      look: () => this.#lookNow(),
      onFailed: (error) => this.#failed(error),
    });
  }

  start(): void {
    this.#looking.start();
  }

  close(): void {
    this.#isClosed = true;
    this.#looking.close();
  }

  /** Looks once; joins the look that is under way, if there is one. Only what carries this engine's id is seen at all. */
  look(): Promise<void> {
    return this.#looking.look();
  }

  async #lookNow(): Promise<void> {
    const found = await this.#containers();
    const activatable = await this.#activatableOf(found);
    this.#forgetAllBut(found);
    for (const container of found) {
      const { sessionId, isLive, hasMaker } = container;
      const isNeeded = isLive || (sessionId !== undefined && activatable.has(sessionId));
      const sighting = { hasMaker, isNeeded, ...this.#remembered(container) };
      await this.#carryOut(verdictOn(sighting, this.#parts.removeAfterMs), container);
    }
    await this.#removeVolumes();
  }

  /** Who is live is known before the rows are read: a session that is neither then has ended. */
  async #activatableOf(found: Found[]): Promise<ReadonlySet<string>> {
    const sessionIds = found.flatMap(({ sessionId, isLive }) => (isLive ? [] : (sessionId ?? [])));
    return sessionIds.length > 0 ? this.#parts.sessions.activatable(sessionIds) : new Set();
  }

  #forgetAllBut(found: Found[]): void {
    const seen = new Set(found.map(({ id }) => id));
    for (const id of this.#memories.keys()) if (!seen.has(id)) this.#memories.delete(id);
  }

  #remembered({ id, stage }: Found): { stage: Stage; forMs: number; looks: number } {
    const nowMs = this.#parts.now();
    const before = this.#memories.get(id);
    const isAsBefore = before?.stage === stage;
    const { sinceMs, looks } = isAsBefore ? before : { sinceMs: nowMs, looks: 0 };
    this.#memories.set(id, { stage, sinceMs, looks: looks + 1 });
    return { stage, forMs: nowMs - sinceMs, looks: looks + 1 };
  }

  /** What can't be done to one container is no reason to leave the others alone; a daemon that is away is. */
  async #carryOut(verdict: Verdict, container: Found): Promise<void> {
    try {
      if (verdict.kind === 'paused') await this.#pause(container);
      if (verdict.kind === 'removed') await this.#remove(container, verdict.reason);
    } catch (error) {
      if (isDaemonAway(error)) throw error;
      if (!isOvertaken(error)) this.#failed(error);
    }
  }

  /** Its session may come back at any moment, to an actor that found the container running; or an engine that drains has it. */
  async #pause({ id, name, sessionId }: Found): Promise<void> {
    const { docker, sessions, onPaused } = this.#parts;
    const isBack = () => sessionId !== undefined && sessions.isLive(sessionId);
    const container = docker.getContainer(id);
    if ((await isInUse(container)) || isBack()) return;
    await container.pause();
    if (isBack())
      await container.unpause().catch(() => undefined); // Its actor was faster.
    else onPaused({ name });
  }

  async #remove({ id, name, volumes }: Found, reason: string): Promise<void> {
    const { docker, onRemoved } = this.#parts;
    await unlessOvertaken(docker.getContainer(id).remove({ force: true }));
    for (const volume of volumes) await unlessOvertaken(docker.getVolume(volume).remove({ force: true }));
    onRemoved({ name, reason });
  }

  /** A workspace that no container has had at two looks in a row. */
  async #removeVolumes(): Promise<void> {
    const { docker, settings } = this.#parts;
    const filters = { dangling: ['true'], label: [`${labels.engine}=${settings.engineId}`] };
    const { Volumes } = await docker.listVolumes({ filters: JSON.stringify(filters) as never });
    const dangling = new Set((Volumes ?? []).map((volume) => volume.Name));
    for (const name of dangling)
      if (this.#danglingBefore.has(name)) await unlessOvertaken(docker.getVolume(name).remove({ force: true }));
    this.#danglingBefore = dangling;
  }

  async #containers(): Promise<Found[]> {
    const { docker, settings, sessions, isRunning } = this.#parts;
    const label = [`${labels.managed}=true`, `${labels.engine}=${settings.engineId}`];
    const listed = await docker.listContainers({ all: true, filters: { label } });
    return listed.map(({ Id, Names, State, Labels, Mounts }) => {
      const name = (Names[0] ?? '').replace(/^\//, '');
      const sessionId = sessionIdOf(name, settings.containerPrefix);
      const isLive = sessionId !== undefined && sessions.isLive(sessionId);
      return {
        id: Id,
        name,
        sessionId,
        isLive,
        stage: sessionId === undefined ? stageWithoutSession(name) : stageOf(State, isLive),
        hasMaker: isRunning(Labels[labels.run] ?? ''),
        volumes: Mounts.flatMap(({ Name }) => Name ?? []),
      };
    });
  }

  /** What this engine's own closing cut off is no failure. */
  #failed(error: unknown): void {
    if (!this.#isClosed) this.#parts.onFailed(error);
  }
}

/** The session of a container, by its name: a warm one is renamed when a session gets it. */
function sessionIdOf(name: string, prefix: string): string | undefined {
  if (!name.startsWith(prefix)) return undefined;
  const id = name.slice(prefix.length);
  return id.startsWith(`${warmSession}-`) || id.includes(replacedMark) ? undefined : id;
}

const stageWithoutSession = (name: string): Stage => (name.includes(replacedMark) ? 'replaced' : 'warm');

function stageOf(state: string, isLive: boolean): Stage {
  if (state === 'paused') return 'paused';
  if (isLive) return 'held';
  if (state === 'created') return 'unstarted';
  return state === 'running' || state === 'restarting' ? 'adrift' : 'ended';
}

/** Somebody else was faster: it is gone, or no longer as it was seen; the next look tells. */
const isOvertaken = (error: unknown): boolean =>
  [404, 409].includes((error as { statusCode?: number }).statusCode ?? 0);

const unlessOvertaken = (act: Promise<unknown>): Promise<unknown> =>
  act.catch((error) => {
    if (!isOvertaken(error)) throw error;
  });
