// Runs npm quietly with a given Node; when it fails, says what failed and what npm said last.
import { spawn } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { runWithProgress } from './progress.mjs';

/** @typedef {import('./lock-directory.mjs').Lock} Lock */

const linesKept = 12;
const unreachable = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/;
const quiet = ['--loglevel=error', '--no-audit', '--no-fund', '--no-progress'];
/** Shorter pauses between npm's three tries: 12 s in all before it says that it is offline, where its own add up to 70 s. */
const shortPauses = ['--fetch-retries=2', '--fetch-retry-mintimeout=2000', '--fetch-retry-maxtimeout=10000'];
/** A stack trace, or an error printed with its properties. */
const isNoise = /^(npm error)?\s*(at .*|\w+: .*|[{}]|network|)$/;

/**
 * @param {string[]} args
 * @param {{ doing: string, root: string, nodePath: string, signal: AbortSignal, lock: Lock }} options `lock` is held by
 *   npm too, so that no other process starts beside it when this one is killed
 * @returns {Promise<void>}
 * @throws an Error with `expected: true` and a message for people
 */
export async function runNpm(args, { doing, root, nodePath, signal, lock }) {
  await runWithProgress(doing, async () => {
    const { code, output } = await spawnNpm([...args, ...quiet, ...shortPauses], {
      cwd: root,
      // npm skips packages that don't fit the Node it runs on, so that has to be the one the engine will run on.
      env: { ...process.env, PATH: [dirname(nodePath), process.env.PATH ?? ''].join(delimiter) },
      signal,
      lock,
    });
    if (code === 0) return;
    const reason = unreachable.test(output)
      ? 'the package registry is unreachable'
      : `npm ${args[0]} ended with ${code}`;
    throw makeExpectedError([`${doing} failed: ${reason}; npm said:`, ...quoteLastLines(output)].join('\n'));
  });
}

/** @param {string} message */
export function makeExpectedError(message) {
  return Object.assign(new Error(message), { expected: true });
}

/**
 * npm's last lines without addresses, which could name a private registry.
 * @param {string} output
 */
function quoteLastLines(output) {
  const hosts = [...output.matchAll(/https?:\/\/(?:[^\s/@]+@)?([^\s/:"']+)/g)].map(([, host]) => host);
  let shown = output.replace(/https?:\/\/[^\s"']+/g, '<registry>');
  for (const host of hosts) shown = shown.replaceAll(host, '<registry>');
  const lines = shown.split('\n').filter((line) => !isNoise.test(line.trimEnd()));
  return lines.slice(-linesKept).map((line) => `  ${line}`);
}

function spawnNpm(args, { lock, ...options }) {
  return new Promise((resolve, reject) => {
    // On SIGTERM npm would go on for seconds to roll back; the next npm removes what a killed one left.
    const child = spawn('npm', args, { ...options, killSignal: 'SIGKILL', stdio: ['ignore', 'pipe', 'pipe'] });
    if (child.pid) lock.alsoHeldBy(child.pid);
    let output = '';
    const keepOutput = (chunk) => {
      output = (output + chunk).slice(-20_000);
    };
    child.stdout.setEncoding('utf8').on('data', keepOutput);
    child.stderr.setEncoding('utf8').on('data', keepOutput);
    child.on('error', (error) => {
      if (error.code === 'ENOENT') reject(makeExpectedError('npm is not on the PATH; it comes with Node.js'));
      // An aborted npm is waited for: it must not write while another one starts.
      else if (error.name !== 'AbortError') reject(error);
    });
    child.on('close', (code, signal) => {
      if (options.signal.aborted) reject(options.signal.reason);
      else resolve({ code: code ?? signal, output });
    });
  });
}
