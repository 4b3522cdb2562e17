// Removes containers and workspaces that nobody needs any more: leftovers of a crash, and idle ones after a while.
import type Docker from 'dockerode';
import { PeriodicCheck } from '../scheduling/periodic-check.ts';
import { type DockerSettings, labels } from './container-settings.ts';
import { isDaemonAway } from './docker-client.ts';
import { type FoundContainer, findContainers, stageOf } from './found-container.ts';
import { isInUse } from './owned-container.ts';
import {
  type ContainerSighting,
  type ContainerStage,
  decideReaping,
  type ReapingDecision,
} from './reaping-decision.ts';

/** Looks up what the engine knows about sessions. */
export type SessionLookup = {
  /** Whether an actor may have the session now. */
  isLive(sessionId: string): boolean;
  /** Of these sessions, those that can be activated again. */
  findActivatable(sessionIds: string[]): Promise<ReadonlySet<string>>;
};

/** What an engine asks that shares the daemon with others, so that each container is judged by one of them. */
export type DaemonSharing = {
  /** Whether this engine judges what no living engine has. */
  isKeeper(): Promise<boolean>;
  /** Where those of these sessions are that a living engine owns; that one judges their containers. */
  findOwners(sessionIds: string[]): Promise<ReadonlyMap<string, Whereabouts>>;
  /** Where the engines are that live of these starts of hosts. */
  findMakers(runIds: string[]): Promise<ReadonlyMap<string, Whereabouts>>;
};

/** `away`: at an engine that does not reach the daemon, so what is here of its session is out of date. */
export type Whereabouts = 'here' | 'elsewhere' | 'away';

export type ReaperDependencies = {
  docker: Docker;
  settings: Pick<DockerSettings, 'engineId' | 'containerPrefix'>;
  /** Whether the host that was started as this run is still there. */
  isRunning(runId: string): boolean;
  sessions: SessionLookup;
  /** Absent where all that carries the id is this engine's own. */
  sharing?: DaemonSharing | undefined;
  removeAfterMs: number;
  intervalMs: number;
  now(): number;
  onPaused(paused: { name: string }): void;
  onRemoved(removed: { name: string; reason: string }): void;
  onFailed(error: unknown): void;
};

/** What the engine and the rows say of what was found. */
type Known = {
  live: ReadonlySet<string>;
  activatable: ReadonlySet<string>;
  owners: ReadonlyMap<string, Whereabouts>;
  makers: ReadonlyMap<string, Whereabouts>;
  isKeeper: boolean;
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
    const { docker, settings } = this.#dependencies;
    const found = await findContainers(docker, settings);
    const known = await this.#findOut(found);
    this.#forgetAllBut(found);
    for (const container of found) {
      const sighting = this.#describe(container, known);
      await this.#carryOut(decideReaping(sighting, this.#dependencies.removeAfterMs), container);
    }
    if (known.isKeeper) await this.#removeVolumes();
  }

  /** Live sessions are noted before the rows are read, so a session that is neither live nor in the rows has ended. */
  async #findOut(found: FoundContainer[]): Promise<Known> {
    const { sessions, sharing } = this.#dependencies;
    const all = found.flatMap(({ sessionId }) => sessionId ?? []);
    const live = new Set(all.filter((sessionId) => sessions.isLive(sessionId)));
    const asked = all.filter((sessionId) => !live.has(sessionId));
    const runIds = [...new Set(found.map(({ runId }) => runId))];
    const [activatable, owners, makers, isKeeper] = await Promise.all([
      asked.length > 0 ? sessions.findActivatable(asked) : new Set<string>(),
      sharing?.findOwners(asked) ?? new Map<string, Whereabouts>(),
      sharing?.findMakers(runIds) ?? new Map<string, Whereabouts>(),
      sharing?.isKeeper() ?? true,
    ]);
    return { live, activatable, owners, makers, isKeeper };
  }

  #describe(container: FoundContainer, { live, activatable, owners, makers, isKeeper }: Known): ContainerSighting {
    const { sharing, isRunning } = this.#dependencies;
    const { sessionId, runId } = container;
    const isLive = sessionId !== undefined && live.has(sessionId);
    const owner = sessionId === undefined ? makers.get(runId) : owners.get(sessionId);
    const isOwn = isLive || owner === 'here';
    return {
      ...this.#remember(container.id, stageOf(container, isLive || owner === 'elsewhere')),
      hasMaker: isRunning(runId) || makers.get(runId) === 'elsewhere',
      isNeeded: isLive || (sessionId !== undefined && activatable.has(sessionId)),
      isOthers: owner === 'elsewhere' || (!isOwn && !isKeeper),
      isOutdated: !isLive && owner === 'away',
      mayBeNew: sharing !== undefined && !isOwn,
    };
  }

  #forgetAllBut(found: FoundContainer[]): void {
    const seen = new Set(found.map(({ id }) => id));
    for (const id of this.#memories.keys()) if (!seen.has(id)) this.#memories.delete(id);
  }

  #remember(id: string, stage: ContainerStage): { stage: ContainerStage; forMs: number; checks: number } {
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
      if (decision.kind === 'kept' || !(await this.#isStillJudged(container))) return;
      if (decision.kind === 'paused') await this.#pause(container);
      if (decision.kind === 'removed') await this.#remove(container, decision.reason);
    } catch (error) {
      if (isDaemonAway(error)) throw error;
      if (!isOvertaken(error)) this.#reportFailure(error);
    }
  }

  /** Another engine may have the session by now, or be the one that judges what nobody has. */
  async #isStillJudged({ sessionId }: FoundContainer): Promise<boolean> {
    const { sharing, sessions } = this.#dependencies;
    if (!sharing || sessionId === undefined) return true;
    const owner = (await sharing.findOwners([sessionId])).get(sessionId);
    if (sessions.isLive(sessionId)) return false;
    return owner === undefined || owner === 'away' ? sharing.isKeeper() : owner === 'here';
  }

  /** The session may come back meanwhile, to an actor that found the container running; or a stopping engine works in it. */
  async #pause({ id, name, sessionId }: FoundContainer): Promise<void> {
    const { docker, onPaused } = this.#dependencies;
    const container = docker.getContainer(id);
    if ((await isInUse(container)) || (await this.#isBack(sessionId))) return;
    await container.pause();
    if (await this.#isBack(sessionId))
      await container.unpause().catch(() => undefined); // An actor has it again.
    else onPaused({ name });
  }

  async #isBack(sessionId: string | undefined): Promise<boolean> {
    const { sessions, sharing } = this.#dependencies;
    if (sessionId === undefined) return false;
    if (sessions.isLive(sessionId)) return true;
    return (await sharing?.findOwners([sessionId]))?.get(sessionId) === 'elsewhere';
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

  /** A call that the reaper's own closing cut off is no failure. */
  #reportFailure(error: unknown): void {
    if (!this.#isClosed) this.#dependencies.onFailed(error);
  }
}

/** Whether the container is gone or has changed since it was seen; the next check judges it anew. */
const isOvertaken = (error: unknown): boolean =>
  [404, 409].includes((error as { statusCode?: number }).statusCode ?? 0);

const ignoreOvertaken = (act: Promise<unknown>): Promise<unknown> =>
  act.catch((error) => {
    if (!isOvertaken(error)) throw error;
  });
