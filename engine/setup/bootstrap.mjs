// Makes a clone ready to run and hands over: `node engine/setup/bootstrap.mjs [--keep-alive] [<command> [arguments…]]`.
//
// Plain JavaScript without dependencies, because it runs before Node 24, TypeScript and node_modules are there. Where
// all is in place it reads two small stamps, prints nothing and starts the command.
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildConsole, isConsoleBuilt } from './console.mjs';
import { engineFlags } from './engine-flags.mjs';
import { handOver } from './hand-over.mjs';
import { keepAlive } from './keep-alive.mjs';
import { withLock } from './lock-directory.mjs';
import { findUsableNode, installNode, linkNode } from './node-runtime.mjs';
import { installPackages } from './packages.mjs';
import { say } from './progress.mjs';
import { signInEngine } from './running-engines.mjs';
import { hasScalar, installScalar } from './scalar.mjs';
import { listSecretNames, proxyNames } from './secret-names.mjs';
import { packagesAreReady } from './stamp.mjs';
import { wipeFromEnvironment } from './wipe-environment.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const staysAlive = process.argv[2] === '--keep-alive';
const [command, ...commandArguments] = process.argv.slice(staysAlive ? 3 : 2);

if (process.platform === 'win32') refuse('this runs on Linux and macOS; on Windows use WSL', 1);

// The engine's secrets stay in this process's memory only, from which it starts the engine again.
const environment = { ...process.env };
const secretNames = listSecretNames(environment);
for (const name of secretNames) delete process.env[name];
wipeFromEnvironment(secretNames);

// The engine needs no development packages, so that `npm ci --omit=dev && npm start` installs nothing more.
const isEngine = /^engine\/\w+\.ts$/.test(command ?? '');
const development = !isEngine;
const lockFolder = join(root, '.runtime', 'lock');
const readyNode = findReadyNode();
if (readyNode && isEngine) signInEngine(root);
const node = readyNode ?? (await prepare());
linkNode(root, node);
for (const name of proxyNames) delete process.env[name];
wipeFromEnvironment(proxyNames);
if (command) startCommand(node);

/** @returns {string | undefined} the Node to use, where there is nothing to prepare */
function findReadyNode() {
  const usable = findUsableNode(root);
  if (!command && !hasScalar(root)) return undefined;
  if (!isConsoleBuilt(root)) return undefined;
  if (existsSync(lockFolder)) return undefined; // What is there may be about to be replaced.
  return usable && packagesAreReady({ root, major: usable.major, development }) ? usable.path : undefined;
}

/** Prepares the clone, one process at a time; a process that waited finds the work done. */
async function prepare() {
  const stopping = new AbortController();
  const stop = (signal) => stopping.abort(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, stop);
  const { signal } = stopping;
  mkdirSync(join(root, '.runtime'), { recursive: true });
  try {
    const onWait = (pid) => say(`waiting for process ${pid ?? 'that'}, which is preparing this folder`);
    return await withLock(lockFolder, { onWait, signal }, async (lock) => {
      const { path, major } = findUsableNode(root) ?? (await installNode({ root, signal, lock }));
      if (!packagesAreReady({ root, major, development }))
        await installPackages({ root, major, nodePath: path, development, signal, lock });
      await installScalar({ root, nodePath: path, signal, lock });
      await buildConsole({ root, nodePath: path, signal });
      if (isEngine) signInEngine(root);
      return path;
    });
  } catch (error) {
    if (signal.aborted) endBySignal(signal.reason);
    refuse(error.expected ? error.message : error.stack, 1);
  } finally {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(name, stop);
  }
}

/** Whether there is a file: Docker makes a folder where a file to mount is missing. */
function isFile(path) {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function startCommand(path) {
  const isScript = /\.(ts|mjs)$/.test(command);
  // Node keeps what it has compiled, a file for each module, which halves the CPU of the next start.
  const compileCache = isScript ? { NODE_COMPILE_CACHE: join(root, '.runtime', 'compile-cache') } : {};
  const envFile = command.endsWith('.ts') && isFile(join(root, '.env')) ? ['--env-file=.env'] : [];
  const flags = isEngine ? engineFlags : [];
  const first = [dirname(path), join(root, 'node_modules', '.bin')];
  const run = staysAlive ? keepAlive : handOver;
  run({
    program: isScript ? path : command,
    args: isScript ? [...flags, ...envFile, command, ...commandArguments] : commandArguments,
    cwd: root,
    env: { ...compileCache, ...environment, PATH: [...first, environment.PATH ?? ''].join(delimiter) },
  });
}

function refuse(sentence, exitCode) {
  say(sentence);
  process.exit(exitCode);
}

function endBySignal(signal) {
  process.exit(128 + constants.signals[signal]);
}
