// What people would use instead for sandboxes: containers by plain dockerode, an exec for each command.
import { Writable } from 'node:stream';
import Docker from 'dockerode';
import { v7 as uuid } from 'uuid';
import { buildContainerOptions, type DockerSettings } from '../../sandbox/docker/container-settings.ts';
import { ensureNetwork } from '../../sandbox/docker/sandbox-network.ts';
import { type Answers, answerParent } from '../processes/parent.ts';
import type { SandboxAnswers } from '../sandboxes/ours.ts';
import { measurePrinting, type Printing } from '../sandboxes/printing.ts';
import { removeAllOfEngine } from '../sandboxes/removal.ts';

const docker = new Docker();
let settings: DockerSettings | undefined;
let held: Promise<Docker.Container> | undefined;

/** The network and the options of containers are made by the engine's own code, so that they are the same. */
async function prepareDockerode(given: DockerSettings): Promise<void> {
  settings = given; // The id is known before anything is made, so that all is removed whenever this process ends.
  settings = { ...given, network: await ensureNetwork(docker, given) };
}

/** @returns the time from asking for a container to the output of its first exec */
async function measureDockerodeFirstOutput(): Promise<number> {
  const startedAtMs = performance.now();
  const container = await startContainer();
  await echoInContainer(container);
  const latencyMs = performance.now() - startedAtMs;
  await removeContainer(container);
  return latencyMs;
}

/** One exec a command, one after the other. @returns the time of each */
async function measureExecEchoes(times: number): Promise<number[]> {
  const container = await getHeldContainer();
  const latenciesMs: number[] = [];
  for (let time = 0; time < times; time++) {
    const startedAtMs = performance.now();
    await echoInContainer(container);
    latenciesMs.push(performance.now() - startedAtMs);
  }
  return latenciesMs;
}

async function measureExecPrint(bytes: number): Promise<Printing> {
  const container = await getHeldContainer();
  return measurePrinting(bytes, (command, hear) => runExec(container, ['bash', '-c', command], hear));
}

/** One container runs all commands, and is kept until the end. */
function getHeldContainer(): Promise<Docker.Container> {
  held ??= startContainer();
  return held;
}

async function startContainer(): Promise<Docker.Container> {
  if (!settings) throw new Error('It was not started.');
  const name = `${settings.containerPrefix}${uuid()}`;
  const container = await docker.createContainer(buildContainerOptions(settings, name, name));
  await container.start();
  return container;
}

/** The volume has the container's name. */
async function removeContainer(container: Docker.Container): Promise<void> {
  const { Name } = await container.inspect();
  await container.remove({ force: true });
  await docker.getVolume(Name.slice(1)).remove();
}

async function echoInContainer(container: Docker.Container): Promise<void> {
  let output = '';
  await runExec(container, ['echo', 'x'], (chunk) => {
    output += chunk.toString();
  });
  if (output !== 'x\n') throw new Error(`"echo x" printed ${JSON.stringify(output)}.`);
}

/** Resolves once all output is read; the exit code would take another call. */
async function runExec(container: Docker.Container, command: string[], hear: (chunk: Buffer) => void): Promise<void> {
  const exec = await container.exec({ Cmd: command, AttachStdout: true, AttachStderr: true });
  const stream = await exec.start({});
  const sink = new Writable({
    write: (chunk: Buffer, _, done) => {
      hear(chunk);
      done();
    },
  });
  docker.modem.demuxStream(stream, sink, sink);
  await new Promise((resolve, reject) => stream.once('end', resolve).once('error', reject));
}

/** Earlier questions are answered first, so that nothing is made after all was removed. */
async function removeOwnContainers(answered: () => Promise<unknown>): Promise<void> {
  await answered();
  if (settings) await removeAllOfEngine(docker, settings.engineId);
}

const answers = {
  start: prepareDockerode,
  firstOutput: measureDockerodeFirstOutput,
  echo: measureExecEchoes,
  print: measureExecPrint,
} satisfies SandboxAnswers & Answers;
export type DockerodeAnswers = typeof answers;

answerParent(answers, removeOwnContainers);
