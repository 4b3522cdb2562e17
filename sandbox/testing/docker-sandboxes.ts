// Lets tests that need Docker run where a daemon answers and the sandbox image is there. Elsewhere their file says in one
// line what it leaves out and why; with `REQUIRE_DOCKER=1`, which CI sets, it fails instead.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type Docker from 'dockerode';
import { v7 as uuid } from 'uuid';
import { reasonOf } from '../../schema/reason-of.ts';
import {
  type DockerSettings,
  defaultImage,
  homeVolumeOf,
  labels,
  ownNetworkName,
} from '../docker/container-settings.ts';
import { disksVolumeOf, snapshotsVolumeOf } from '../docker/disks/disk-maker-options.ts';
import { openDocker } from '../docker/docker-client.ts';
import { DockerSource } from '../docker/docker-source.ts';
import type { RunOptions, RunResult, Sandbox } from '../sandbox.ts';
import { leaveOut } from './left-out.ts';
import { requestOf } from './sandbox-request.ts';
import { waitUntil } from './wait-until.ts';

const megabyte = 1024 * 1024;

/** What a test itself asks is answered in the end, however long other tests keep the daemon busy. */
const patienceMs = 60_000;
export const docker: Docker = openDocker({}, undefined, patienceMs);

/** The reason why these tests can't run here; undefined where they can. */
const reason = await findReasonToLeaveOut();

async function findReasonToLeaveOut(): Promise<string | undefined> {
  try {
    await docker.ping();
  } catch (error) {
    return `Docker does not answer here (${reasonOf(error)})`;
  }
  try {
    await docker.getImage(testSettingsFor('').image).inspect();
    return undefined;
  } catch (error) {
    if (isTimeout(error)) return `Docker does not say whether its image is there (${reasonOf(error)})`;
    return 'the sandbox image is not there; "npm run sandbox:build" makes it';
  }
}

const isTimeout = (error: unknown) => (error as { code?: string }).code === 'ETIMEDOUT';

if (reason !== undefined && process.env.REQUIRE_DOCKER === '1') throw new Error(`REQUIRE_DOCKER is 1, but ${reason}.`);

/** A `test` that needs Docker; where that is missing it only notes what is left out. */
export function dockerTest(name: string, act: (t: TestContext) => Promise<void> | void): void {
  if (reason === undefined) void test(name, act);
  else leaveOut(name, reason);
}

/** A `describe` that needs Docker. */
export function dockerDescribe(name: string, suite: () => void): void {
  if (reason === undefined) void describe(name, suite);
  else leaveOut(name, reason);
}

/** Hooks that need Docker. */
export const dockerHooks = {
  before: (act: () => Promise<void>) => reason === undefined && before(act),
  beforeEach: (act: () => Promise<void>) => reason === undefined && beforeEach(act),
  afterEach: (act: () => Promise<void>) => reason === undefined && afterEach(act),
  after: (act: () => Promise<void>) => reason === undefined && after(act),
};

export function testSettingsFor(engineId: string): DockerSettings {
  return {
    image: process.env.SANDBOX_IMAGE || defaultImage,
    containerPrefix: `lucid-test-${engineId}-`,
    memoryBytes: 384 * megabyte,
    cpus: 1,
    network: undefined,
    user: 'agent',
    devcontainerImages: [],
    runtime: undefined,
    workspaceBytes: 96 * megabyte,
    workspaceKind: 'disk',
    openedHosts: [],
    mayBeOpen: false,
    enginePort: 8_000,
    gitRelay: undefined,
    engineId,
    runId: uuid(),
  };
}

/** The sandboxes of an engine with an id of its own, so that tests that run at once don't meet. */
export class TestSandboxes {
  readonly engineId = `test-${uuid().slice(-12)}`;
  readonly settings: DockerSettings;
  readonly source: DockerSource;

  /** @param options `more` has the settings that differ from a test's usual ones */
  constructor(options: { warm?: number; docker?: Docker; more?: Partial<DockerSettings> } = {}) {
    this.settings = { ...testSettingsFor(this.engineId), ...options.more };
    this.source = new DockerSource(this.settings, options.warm ?? 0, options.docker ?? openDocker());
  }

  async open(sessionId: string = uuid()): Promise<Sandbox> {
    const opened = await this.source.open(requestOf(sessionId));
    if (!opened.ok) throw new Error(opened.failure.detail);
    return opened.value.sandbox;
  }

  container(sessionId: string): Docker.Container {
    return docker.getContainer(`${this.settings.containerPrefix}${sessionId}`);
  }

  /** Kills the guest inside as the session's own user could, if nothing guarded it. */
  async killGuest(sessionId: string): Promise<void> {
    const exec = await this.container(sessionId).exec({ Cmd: ['pkill', '-9', 'python3'], User: '1000:1000' });
    await exec.start({ Detach: true });
    await setTimeout(200);
    while ((await exec.inspect()).Running) await setTimeout(20);
  }

  /** Lists the names of the containers and volumes that are there. */
  listLeft(): Promise<string[]> {
    return listLeft(this.engineId);
  }

  /** Removes everything, also what a failed test has left. @returns the containers and volumes that were left */
  async close(): Promise<string[]> {
    await this.source.close();
    return removeAllOfEngine(this.engineId);
  }
}

/**
 * Lists the names of an engine's containers, which begin with a slash, and of its volumes: a workspace's stands for the
 * home's beside it.
 */
export async function listLeft(engineId: string, at: Docker = docker): Promise<string[]> {
  const label = [`${labels.engine}=${engineId}`];
  const containers = await at.listContainers({ all: true, filters: { label } });
  const { Volumes } = await at.listVolumes({ filters: JSON.stringify({ label }) as never });
  const volumes = new Set((Volumes ?? []).map(({ Name }) => Name));
  const workspaces = [...volumes].filter((name) => !volumes.has(name.replace(/-home$/, '')) || !name.endsWith('-home'));
  return [...containers.flatMap(({ Names }) => Names), ...workspaces];
}

/** Removes all that an engine has made in Docker. @returns the containers and volumes that were left */
export async function removeAllOfEngine(engineId: string, at: Docker = docker): Promise<string[]> {
  const left = await listLeft(engineId, at);
  for (const name of left) {
    if (name.startsWith('/')) await removeContainer(name.slice(1), at);
    else for (const volume of [name, homeVolumeOf(name)]) await removeVolume(volume, at);
  }
  await removeDiskMakers(engineId, at);
  await waitUntil(() => areNetworksRemoved(engineId, at));
  return left;
}

/** A network stays while a container on it is still being removed. */
async function areNetworksRemoved(engineId: string, at: Docker): Promise<boolean> {
  const networks = await at.listNetworks({ filters: { name: [ownNetworkName(engineId)] } });
  for (const { Id } of networks)
    await at
      .getNetwork(Id)
      .remove()
      .catch((error: { statusCode?: number }) => assert.ok([403, 404].includes(error.statusCode ?? 0), String(error)));
  return networks.length === 0;
}

/** One that is gone already is removed, and one that is being removed is waited for. */
const removeContainer = (name: string, at: Docker) =>
  waitUntil(() =>
    at
      .getContainer(name)
      .remove({ force: true, v: true })
      .then(
        () => true,
        (error: { statusCode?: number }) => {
          assert.ok([404, 409].includes(error.statusCode ?? 0), String(error));
          return error.statusCode === 404;
        },
      ),
  );

/** One that is gone already is removed. */
const removeVolume = (name: string, at: Docker) =>
  at
    .getVolume(name)
    .remove({ force: true })
    .catch((error: { statusCode?: number }) => assert.equal(error.statusCode, 404));

/** Removes what outlives an engine's run, or ends with its thread. */
async function removeDiskMakers(engineId: string, at: Docker): Promise<void> {
  const makers = await at.listContainers({ all: true, filters: { label: [`${labels.disks}=${engineId}`] } });
  for (const { Id } of makers)
    await at
      .getContainer(Id)
      .remove({ force: true })
      .catch(() => undefined); // It may end by itself.
  for (const volume of [disksVolumeOf(engineId), snapshotsVolumeOf(engineId)])
    await at
      .getVolume(volume)
      .remove({ force: true })
      .catch(() => undefined); // There is none.
}

/** Runs a command that should end by itself. @returns what it printed */
export async function readOutputOf(sandbox: Sandbox, command: string, timeoutMs = 60_000): Promise<string> {
  const result = await runCommandIn(sandbox, command, { timeoutMs });
  if (result.kind !== 'exited') throw new Error(`"${command}" was ${result.kind}.`);
  return result.output;
}

export async function runCommandIn(
  sandbox: Sandbox,
  command: string,
  options: Partial<RunOptions> = {},
): Promise<RunResult> {
  const result = await sandbox.run(command, { timeoutMs: 60_000, signal: new AbortController().signal, ...options });
  if (!result.ok) throw new Error(result.failure.detail);
  return result.value;
}
