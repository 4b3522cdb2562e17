// The client of Docker's API. Every call ends: a daemon that hangs is given up after a limit.
import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { createRequire } from 'node:module';
import type Docker from 'dockerode';
import type { DaemonConfig } from '../../schema/thread.ts';

/** Docker answers a call in milliseconds, on a busy machine in tenths of a second. */
const dockerCallTimeoutMs = 4_000;
/** To make, start or remove a container takes 250 ms, and seconds where many start at once. */
const dockerSlowCallTimeoutMs = 30_000;

type Call = { path: string; method: string; abortSignal?: AbortSignal };
type Callback = (error: unknown, result?: unknown) => void;

/** The daemon didn't answer in time; what it was asked for may still happen. */
class DockerTimeout extends Error {
  readonly code = 'ETIMEDOUT';
}

/** Calls that make, start, remove or wait for something take their time on a busy machine. */
const isSlow = ({ path, method }: Call) =>
  method === 'DELETE' || /^\/(containers\/create|containers\/[^/]+\/(start|wait)|networks\/create)\b/.test(path);

const require = createRequire(import.meta.url);

/** Opens a daemon of a pool, or without one the engine's own. @param onAway called where the daemon itself was the trouble */
export function openDaemon(daemon: DaemonConfig | undefined, onAway?: () => void): Docker {
  return openDocker(daemon === undefined ? {} : optionsOf(daemon), onAway);
}

/** Every option is named, since Docker's own variables stand for those that are left out. */
function optionsOf({ at }: DaemonConfig): Docker.DockerOptions {
  const none = { host: undefined, port: undefined, ca: undefined, cert: undefined, key: undefined };
  if ('socketPath' in at) return { ...none, protocol: 'http', socketPath: at.socketPath };
  const { host, port, tls } = at;
  return { ...none, host, port, protocol: tls === undefined ? 'http' : 'https', ...tls };
}

/**
 * The limit is set in one place, because every call of dockerode goes through its modem.
 * @param callTimeoutMs how long a call may take that does nothing slow
 */
export function openDocker(
  options: Docker.DockerOptions = {},
  onAway?: () => void,
  callTimeoutMs = dockerCallTimeoutMs,
): Docker {
  // dockerode is loaded only where there are containers: it brings gRPC and SSH, a tenth of a second of CPU for each thread.
  const Client = require('dockerode') as typeof Docker;
  const docker = new Client(options);
  // Connections aren't kept: their daemon may have gone since, and a new one costs a tenth of a millisecond.
  const modem = docker.modem as { protocol?: string; agent?: Agent };
  if (modem.protocol === 'http') modem.agent = new Agent({ keepAlive: false });
  if (modem.protocol === 'https') modem.agent = new TlsAgent({ keepAlive: false });
  const dial = docker.modem.dial.bind(docker.modem) as (call: Call, callback: Callback) => void;
  docker.modem.dial = (call: Call, callback: Callback) => {
    const controller = new AbortController();
    const timeoutMs = isSlow(call) ? dockerSlowCallTimeoutMs : callTimeoutMs;
    let isOver = false;
    const finish: Callback = (error, result) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      if (onAway && isDaemonAway(error ?? {})) onAway();
      callback(error, result);
    };
    const timer = setTimeout(() => {
      finish(new DockerTimeout(`Docker did not answer within ${timeoutMs} ms.`));
      controller.abort();
    }, timeoutMs);
    dial({ ...call, abortSignal: controller.signal }, finish);
  };
  return docker;
}

const awayCodes: ReadonlySet<string> = new Set([
  ...['ETIMEDOUT', 'ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EACCES', 'EPIPE'],
  ...['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENOTFOUND', 'EAI_AGAIN'],
]);

/** Whether the daemon itself is the trouble, not what it was asked for. */
export function isDaemonAway(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code !== undefined && awayCodes.has(code);
}
