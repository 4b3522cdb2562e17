// Removes containers and workspaces that nobody needs any more: leftovers of a crash, and idle ones after a while.
import type Docker from 'dockerode';
import { PeriodicCheck } from '../scheduling/periodic-check.ts';
import { type DockerSettings, labels, replacedMark, warmSession } from './container-settings.ts';
import { isDaemonAway } from './docker-client.ts';
import { isInUse } from './owned-container.ts';
import { type ContainerStage, decideReaping, type ReapingDecision } from './reaping-decision.ts';

/** Looks up what the engine knows about sessions. */
export type SessionLookup = {
  /** Whether an actor may have the session now. */
  isLive(sessionId: string): boolean;
  /** Of these sessions, those that can be activated again. */
  findActivatable(sessionIds: string[]): Promise<ReadonlySet<string>>;
};

export type ReaperDependencies = {
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

type FoundContainer = {
  id: string;
  name: string;
  /** Undefined for a container that was made ahead, or was replaced. */
  sessionId: string | undefined;
  isLive: boolean;
  stage: ContainerStage;
  hasMaker: boolean;
  volumes: string[];
};

/** The stage that a container was seen in last, since when, and at how many checks in a row. */
type StageMemory = { stage: ContainerStage; sinceMs: number; checks: number };

export class Reaper {
  readonly #dependencies: ReaperDependencies;
  readonly #memories = new Map<string, StageMemory>();
  #danglingBefore = new Set<string>();
  readonly #check: PeriodicCheck;
  #isClosed = false;

  constructor(dependencies: ReaperDependencies) {
    this.#dependencies = dependencies;
    this.#check = new PeriodicCheck({
      intervalMs: dependencies.intervalMs,
      runCheck: () => this.#reap(),
      onFailed: (error) => this.#reportFailure(error),
    });
  }

  start(): void {
    this.#check.start();
  }

  close(): void {
    this.#isClosed = true;
    this.#check.close();
  }

  /** Reaps once; joins a check that is under way. Only what carries this engine's id is seen at all. */
  reapNow(): Promise<void> {
    return this.#check.checkNow();
  }

  async #reap(): Promise<void> {
    const found = await this.#findContainers();
    const activatable = await this.#findActivatable(found);
    this.#forgetAllBut(found);
    for (const container of found) {
      const { sessionId, isLive, hasMaker } = container;
      const isNeeded = isLive || (sessionId !== undefined && activatable.has(sessionId));
      const sighting = { hasMaker, isNeeded, ...this.#remember(container) };
      await this.#carryOut(decideReaping(sighting, this.#dependencies.removeAfterMs), container);
    }
    await this.#removeVolumes();
  }

  /** Live sessions are noted before the rows are read, so a session that is neither live nor in the rows has ended. */
  async #findActivatable(found: FoundContainer[]): Promise<ReadonlySet<string>> {
    const sessionIds = found.flatMap(({ sessionId, isLive }) => (isLive ? [] : (sessionId ?? [])));
    return sessionIds.length > 0 ? this.#dependencies.sessions.findActivatable(sessionIds) : new Set();
  }

  #forgetAllBut(found: FoundContainer[]): void {
    const seen = new Set(found.map(({ id }) => id));
    for (const id of this.#memories.keys()) if (!seen.has(id)) this.#memories.delete(id);
  }

  #remember({ id, stage }: FoundContainer): { stage: ContainerStage; forMs: number; checks: number } {
    const nowMs = this.#dependencies.now();
    const before = this.#memories.get(id);
    const isAsBefore = before?.stage === stage;
    const { sinceMs, checks } = isAsBefore ? before : { sinceMs: nowMs, checks: 0 };
    this.#memories.set(id, { stage, sinceMs, checks: checks + 1 });
    return { stage, forMs: nowMs - sinceMs, checks: checks + 1 };
  }

  /** A failure with one container doesn't keep the others from their turn; a daemon that is away does. */
  async #carryOut(decision: ReapingDecision, container: FoundContainer): Promise<void> {
    try {
      if (decision.kind === 'paused') await this.#pause(container);
      if (decision.kind === 'removed') await this.#remove(container, decision.reason);
    } catch (error) {
      if (isDaemonAway(error)) throw error;
      if (!isOvertaken(error)) this.#reportFailure(error);
    }
  }

  /** The session may come back meanwhile, to an actor that found the container running; or a stopping engine works in it. */
  async #pause({ id, name, sessionId }: FoundContainer): Promise<void> {
    const { docker, sessions, onPaused } = this.#dependencies;
    const isBack = () => sessionId !== undefined && sessions.isLive(sessionId);
    const container = docker.getContainer(id);
    if ((await isInUse(container)) || isBack()) return;
    await container.pause();
    if (isBack())
      await container.unpause().catch(() => undefined); // An actor has it again.
    else onPaused({ name });
  }

  async #remove({ id, name, volumes }: FoundContainer, reason: string): Promise<void> {
    const { docker, onRemoved } = this.#dependencies;
    await ignoreOvertaken(docker.getContainer(id).remove({ force: true, v: true }));
    for (const volume of volumes) await ignoreOvertaken(docker.getVolume(volume).remove({ force: true }));
    onRemoved({ name, reason });
  }

  /** Removes workspaces that no container has had at two checks in a row. */
  async #removeVolumes(): Promise<void> {
    const { docker, settings } = this.#dependencies;
    const filters = { dangling: ['true'], label: [`${labels.engine}=${settings.engineId}`] };
    const { Volumes } = await docker.listVolumes({ filters: JSON.stringify(filters) as never });
    const dangling = new Set((Volumes ?? []).map((volume) => volume.Name));
    for (const name of dangling)
      if (this.#danglingBefore.has(name)) await ignoreOvertaken(docker.getVolume(name).remove({ force: true }));
    this.#danglingBefore = dangling;
  }

  async #findContainers(): Promise<FoundContainer[]> {
    const { docker, settings, sessions, isRunning } = this.#dependencies;
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

  /** A call that the reaper's own closing cut off is no failure. */
  #reportFailure(error: unknown): void {
    if (!this.#isClosed) this.#dependencies.onFailed(error);
  }
}

/** A container's name says its session: a warm one is renamed when a session gets it. */
function sessionIdOf(name: string, prefix: string): string | undefined {
  if (!name.startsWith(prefix)) return undefined;
  const id = name.slice(prefix.length);
  return id.startsWith(`${warmSession}-`) || id.includes(replacedMark) ? undefined : id;
}

const stageWithoutSession = (name: string): ContainerStage => (name.includes(replacedMark) ? 'replaced' : 'warm');

function stageOf(state: string, isLive: boolean): ContainerStage {
  if (state === 'paused') return 'paused';
  if (isLive) return 'inUse';
  if (state === 'created') return 'unstarted';
  return state === 'running' || state === 'restarting' ? 'unattended' : 'ended';
}

/** Whether the container is gone or has changed since it was seen; the next check judges it anew. */
const isOvertaken = (error: unknown): boolean =>
  [404, 409].includes((error as { statusCode?: number }).statusCode ?? 0);

const ignoreOvertaken = (act: Promise<unknown>): Promise<unknown> =>
  act.catch((error) => {
    if (!isOvertaken(error)) throw error;
  });
