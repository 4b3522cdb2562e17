// The engine's sandboxes in a process of its own: one source, as a host has it, and its measurements.
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { v7 as uuid } from 'uuid';
import type { DockerSettings } from '../../sandbox/docker/container-settings.ts';
import { openDocker } from '../../sandbox/docker/docker-client.ts';
import { DockerSource } from '../../sandbox/docker/docker-source.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Outcome } from '../../schema/error.ts';
import { answerParent } from '../processes/parent.ts';
import { measurePrinting, type Printing } from './printing.ts';
import { removeAllOfEngine } from './removal.ts';

type SourceOptions = {
  settings: DockerSettings;
  /** The number of warm containers. */
  warm: number;
};

type Burst = {
  /** From opening a sandbox to its first output, by session. */
  latenciesMs: number[];
  /** From the notice of a place in the queue to asking Docker for the container, of those that queued. */
  queuedMs: number[];
  elapsedMs: number;
};

type OpenedSandbox = { sandbox: Sandbox; latencyMs: number; queuedMs: number | undefined };

const docker = openDocker();
const commandTimeoutMs = 60_000;
const fullWithinMs = 60_000;
const fullCheckMs = 20;
const never = new AbortController().signal;

let options: SourceOptions | undefined;
let source: DockerSource | undefined;
let held: Promise<OpenedSandbox> | undefined;

async function startSource(asked: SourceOptions): Promise<void> {
  options = asked;
  source = new DockerSource(asked.settings, asked.warm, docker);
  await waitUntilFull();
}

/** The pool is full before a measurement, so that it makes only what is taken from it meanwhile. */
async function waitUntilFull(): Promise<void> {
  const { source, warm } = getStarted();
  const deadlineMs = performance.now() + fullWithinMs;
  while (source.warmCount < warm) {
    if (performance.now() > deadlineMs) throw new Error(`No ${warm} containers were ready after ${fullWithinMs} ms.`);
    await sleep(fullCheckMs);
  }
}

function getStarted() {
  if (!options || !source) throw new Error('The source was not started.');
  return { ...options, source };
}

/** @returns the time from asking for a sandbox to its first output */
async function measureFirstOutput(): Promise<number> {
  const { sandbox, latencyMs } = await openSandbox();
  await sandbox.close();
  await waitUntilFull();
  return latencyMs;
}

/** Commands in one open shell, one after the other. @returns the time of each */
async function measureEchoes(times: number): Promise<number[]> {
  const sandbox = await getHeldSandbox();
  const latenciesMs: number[] = [];
  for (let time = 0; time < times; time++) {
    const startedAtMs = performance.now();
    await echoInSandbox(sandbox);
    latenciesMs.push(performance.now() - startedAtMs);
  }
  return latenciesMs;
}

/** All sessions ask at once. An error is thrown once all have ended, so that nothing is begun afterwards. */
async function measureBurst(sessions: number): Promise<Burst> {
  const startedAtMs = performance.now();
  const settled = await Promise.allSettled(Array.from({ length: sessions }, openSandbox));
  const elapsedMs = performance.now() - startedAtMs;
  const opened = settled.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
  await Promise.all(opened.map(({ sandbox }) => sandbox.close()));
  await waitUntilFull();
  return {
    latenciesMs: opened.map(({ latencyMs }) => latencyMs),
    queuedMs: opened.flatMap(({ queuedMs }) => queuedMs ?? []),
    elapsedMs,
  };
}

async function measurePrint(bytes: number): Promise<Printing> {
  const sandbox = await getHeldSandbox();
  return measurePrinting(bytes, async (command, onOutput) => {
    unwrap(await sandbox.run(command, { timeoutMs: commandTimeoutMs, signal: never, onOutput }));
  });
}

/** One sandbox runs all commands, and is kept until the end. */
async function getHeldSandbox(): Promise<Sandbox> {
  held ??= openSandbox();
  return (await held).sandbox;
}

/** The times at which Docker was asked for containers, by name: a start has left the queue then. */
const askedAtMs = new Map<string | undefined, number>();
const createContainer = docker.createContainer.bind(docker);
docker.createContainer = ((containerOptions: Docker.ContainerCreateOptions) => {
  askedAtMs.set(containerOptions.name, performance.now());
  return createContainer(containerOptions);
}) as typeof docker.createContainer;

async function openSandbox(): Promise<OpenedSandbox> {
  const { source, settings } = getStarted();
  const sessionId = uuid();
  let queuedAtMs: number | undefined;
  const onQueued = () => {
    queuedAtMs ??= performance.now();
  };
  const startedAtMs = performance.now();
  const { sandbox } = unwrap(await source.open({ sessionId, userId: 'bench', epoch: 1, mayExist: false, onQueued }));
  await echoInSandbox(sandbox);
  const latencyMs = performance.now() - startedAtMs;
  const leftAtMs = askedAtMs.get(`${settings.containerPrefix}${sessionId}`);
  const queuedMs = queuedAtMs === undefined || leftAtMs === undefined ? undefined : leftAtMs - queuedAtMs;
  return { sandbox, latencyMs, queuedMs };
}

async function echoInSandbox(sandbox: Sandbox): Promise<void> {
  const run = unwrap(await sandbox.run('echo x', { timeoutMs: commandTimeoutMs, signal: never }));
  if (run.output !== 'x\n') throw new Error(`"echo x" ${run.kind} and printed ${JSON.stringify(run.output)}.`);
}

function unwrap<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(outcome.failure.detail);
  return outcome.value;
}

/** Earlier questions are answered first, so that nothing is made after all was removed. */
async function closeSource(answered: () => Promise<unknown>): Promise<void> {
  await answered();
  await source?.close();
  if (options) await removeAllOfEngine(docker, options.settings.engineId);
}

const answers = {
  start: startSource,
  firstOutput: measureFirstOutput,
  echo: measureEchoes,
  burst: measureBurst,
  print: measurePrint,
};
export type OursAnswers = typeof answers;
/** The measurements of plain dockerode, too. */
export type SandboxAnswers = Pick<OursAnswers, 'firstOutput' | 'echo' | 'print'>;

answerParent(answers, closeSource);
