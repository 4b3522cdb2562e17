// Starts processes that make containers, each under an engine id of its own, and removes what a broken one has left.
import { v7 as uuid } from 'uuid';
import { readConfig } from '../../engine/config.ts';
import { dockerConfigOf } from '../../engine/sandboxes/sandbox-choice.ts';
import type { DockerSettings } from '../../sandbox/docker/container-settings.ts';
import { openDocker } from '../../sandbox/docker/docker-client.ts';
import { reasonOf } from '../../schema/reason-of.ts';
import { Child } from '../processes/child.ts';
import type { EngineOptions } from '../server/engine.ts';
import type { DockerodeAnswers } from '../stand-ins/dockerode.ts';
import type { OursAnswers } from './ours.ts';
import { removeAllOfEngine } from './removal.ts';

const docker = openDocker();
const engineIds = new Set<string>();

/**
 * @param checkout whose sandboxes are started
 * @param warm the number of warm containers, which are ready once this resolves
 */
export async function startOwnSandboxes(checkout: string, warm: number): Promise<Child<OursAnswers>> {
  const child = new Child<OursAnswers>('sandboxes/ours.ts', { checkout });
  await child.ask('start', { settings: makeOwnSettings(), warm });
  return child;
}

export async function startDockerode(): Promise<Child<DockerodeAnswers>> {
  const child = new Child<DockerodeAnswers>('stand-ins/dockerode.ts');
  await child.ask('start', makeOwnSettings());
  return child;
}

/** @returns options for an engine whose containers are made when they are asked for */
export function makeDockerOptions(): Required<Pick<EngineOptions, 'engineId' | 'environment'>> {
  const { engineId, containerPrefix } = makeOwnSettings();
  const own = { SANDBOX: 'docker', SANDBOX_CONTAINER_PREFIX: containerPrefix, SANDBOX_WARM: '0' };
  return { engineId, environment: { ...readSandboxVariables(), ...own } };
}

function makeOwnSettings(): DockerSettings {
  const settings = settingsOf(uuid().slice(-12));
  engineIds.add(settings.engineId);
  return settings;
}

/** The settings are the engine's, from the environment, with names of the bench's own. */
const settingsOf = (id: string): DockerSettings =>
  dockerConfigOf(
    readConfig({ ...readSandboxVariables(), SANDBOX_CONTAINER_PREFIX: `lucid-bench-${id}-` }),
    `bench-${id}`,
  );

const readSandboxVariables = () =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      /^(SANDBOX_|DOCKER_NETWORK$)/.test(name) && value !== undefined ? [[name, value]] : [],
    ),
  );

/** @throws where no sandbox can be made, with what to do */
export async function checkDocker(): Promise<void> {
  const { image } = settingsOf('check');
  try {
    await docker.ping();
  } catch (error) {
    throw new Error(`Docker does not answer here (${reasonOf(error)}); start it first.`);
  }
  await docker
    .getImage(image)
    .inspect()
    .catch((error) => {
      if (error.statusCode !== 404) throw error;
      throw new Error(`The sandbox image "${image}" is not there; make it with "npm run sandbox:build".`);
    });
}

/** Processes remove what they made when they end, but for one that broke. @returns the names of what it left */
export async function removeLeftovers(): Promise<string[]> {
  const left: string[] = [];
  for (const engineId of engineIds) left.push(...(await removeAllOfEngine(docker, engineId)));
  engineIds.clear();
  return left;
}
