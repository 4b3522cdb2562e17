// An owner's containers as they are found in Docker's list: whose each is by its name, and at which stage.
import type Docker from 'dockerode';
import { type DockerSettings, labels, replacedMark, warmSession } from './container-settings.ts';
import type { ContainerStage } from './reaping-decision.ts';

export type FoundContainer = {
  id: string;
  name: string;
  /** Undefined for a container that was made ahead, or was replaced. */
  sessionId: string | undefined;
  state: string;
  /** The start of the host that made it. */
  runId: string;
  volumes: string[];
};

/** @throws what dockerode throws */
export async function findContainers(
  docker: Docker,
  { engineId, containerPrefix }: Pick<DockerSettings, 'engineId' | 'containerPrefix'>,
): Promise<FoundContainer[]> {
  const label = [`${labels.managed}=true`, `${labels.engine}=${engineId}`];
  const listed = await docker.listContainers({ all: true, filters: { label } });
  return listed.map((one) => readContainer(one, containerPrefix));
}

function readContainer({ Id, Names, State, Labels, Mounts }: Docker.ContainerInfo, prefix: string): FoundContainer {
  const name = (Names[0] ?? '').replace(/^\//, '');
  const sessionId = sessionIdOf(name, prefix);
  const volumes = Mounts.flatMap(({ Name }) => Name ?? []);
  return { id: Id, name, sessionId, state: State, runId: Labels[labels.run] ?? '', volumes };
}

/** A container's name says its session: a warm one is renamed when a session gets it. */
function sessionIdOf(name: string, prefix: string): string | undefined {
  if (!name.startsWith(prefix)) return undefined;
  const id = name.slice(prefix.length);
  return id.startsWith(`${warmSession}-`) || id.includes(replacedMark) ? undefined : id;
}

/** @param isAttended whether an actor may have its session */
export function stageOf({ name, sessionId, state }: FoundContainer, isAttended: boolean): ContainerStage {
  if (sessionId === undefined) return name.includes(replacedMark) ? 'replaced' : 'warm';
  if (state === 'paused') return 'paused';
  if (isAttended) return 'inUse';
  if (state === 'created') return 'unstarted';
  return state === 'running' || state === 'restarting' ? 'unattended' : 'ended';
}
