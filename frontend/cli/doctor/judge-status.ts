// What the engine says of itself, judged: a pure reading of `GET /`, `/ready` and `/metrics`.
import { metricNames } from '../../../schema/metrics.ts';
import type { Calls } from '../../client/index.ts';
import type { Finding } from './finding.ts';

export type EngineStatus = Calls['readStatus']['answer'];

/** The major version that this command is made for. */
const knownMajor = 1;

export function judgeVersion({ version }: EngineStatus): Finding {
  const major = Number.parseInt(version, 10);
  const found = `engine ${version}`;
  if (major === knownMajor) return { about: 'version', verdict: 'ok', found };
  const mend = major > knownMajor ? 'update this command: npm install -g lucid-cli' : 'update the engine';
  return { about: 'version', verdict: 'warn', found: `${found}, and this command knows ${knownMajor}.x`, mend };
}

export function judgeAgents({ mode, openhands_available, llm_model }: EngineStatus): Finding {
  if (mode !== 'mock' && openhands_available)
    return { about: 'agents', verdict: 'ok', found: `${llm_model} by default` };
  return {
    about: 'agents',
    verdict: 'warn',
    found: 'a script plays the agent',
    mend: 'set ANTHROPIC_API_KEY, GOOGLE_API_KEY or OPENAI_API_KEY at the engine, unless callers bring their own keys',
  };
}

const withoutRootMend = 'docs/sandboxes.md, root in a namespace of its own, or unset SANDBOX_USER';

/** Docker, the image of the sandboxes and how closed they are, in the words of `GET /`. */
export function judgeSandbox({ sandbox, docker_available }: EngineStatus): Finding {
  const about = 'sandbox';
  const [kind = ''] = sandbox.split(/[,:]/);
  const reason = sandbox.slice(kind.length).replace(/^[,:]\s*/, '');
  if (kind === 'docker') {
    if (!docker_available)
      return { about, verdict: 'fail', found: sandbox, mend: 'start Docker, or let the engine reach it' };
    if (reason.startsWith('unusable'))
      return {
        about,
        verdict: 'fail',
        found: sandbox,
        mend: /image/i.test(reason) ? 'npm run sandbox:build' : 'docs/operating.md, what agents reach',
      };
    if (reason.startsWith('full'))
      return { about, verdict: 'warn', found: sandbox, mend: 'remove unused networks of Docker' };
    if (reason.startsWith('open'))
      return {
        about,
        verdict: 'warn',
        found: sandbox,
        mend: 'unset ALLOW_OPEN_SANDBOX_NETWORK, and let the engine set its firewall',
      };
    if (reason.startsWith('without root')) return { about, verdict: 'warn', found: sandbox, mend: withoutRootMend };
    return { about, verdict: 'ok', found: 'containers of Docker, with the image there and the network closed' };
  }
  if (kind === 'local' && reason === 'without root')
    return { about, verdict: 'warn', found: sandbox, mend: withoutRootMend };
  if (kind === 'local')
    return reason === ''
      ? { about, verdict: 'ok', found: 'folders of the engine’s machine, with commands confined' }
      : { about, verdict: 'fail', found: sandbox, mend: 'install bubblewrap and socat, or Docker' };
  if (kind === 'memory') return { about, verdict: 'ok', found: 'in memory, for the script that plays the agent' };
  return { about, verdict: 'warn', found: sandbox, mend: 'install Docker and run npm run sandbox:build' };
}

const clusterMend =
  'see that the nats-servers run, and that CLUSTER_URL, CLUSTER_NAME and CLUSTER_CREDENTIALS are those of the other engines';

/** @returns undefined for an engine alone, or of a release that doesn't tell */
export function judgeCluster({ cluster }: Partial<Pick<EngineStatus, 'cluster'>>): Finding | undefined {
  const about = 'cluster';
  if (cluster === undefined || cluster === 'alone') return undefined;
  if (cluster === 'connected') return { about, verdict: 'ok', found: 'connected to a nats-server' };
  const found =
    cluster === 'cut'
      ? 'reaches none of its nats-servers, so that sessions of other engines stand still here'
      : 'hears none of the other engines, so that their sessions stand still here';
  return { about, verdict: 'fail', found, mend: clusterMend };
}

/** @param problem what `/ready` answered, or undefined */
export function judgeReadiness(problem: string | undefined): Finding {
  if (problem === undefined) return { about: 'readiness', verdict: 'ok', found: 'takes work' };
  return { about: 'readiness', verdict: 'fail', found: problem, mend: mendOfUnreadiness(problem) };
}

function mendOfUnreadiness(problem: string): string {
  if (/going away/.test(problem)) return 'wait for the next start, or start it again';
  if (/takes no new sessions/.test(problem)) return 'wait until it has ended, or take its drain back in the console';
  if (/its cluster/.test(problem)) return clusterMend;
  if (/host thread/i.test(problem)) return 'read the engine’s log for host.died';
  if (/sandbox/i.test(problem)) return 'npm run sandbox:build, and see that Docker runs';
  return 'see that PostgreSQL runs, and that DATABASE_URL is right';
}

/** A COMMIT that takes longer than this slows everything that clients see. */
const commitSlowMs = 100;
const commitsMin = 20;

/** A proxy keeps them from the world, as the one of docker compose does; `/ready` has asked PostgreSQL all the same. */
export const describeHiddenMetrics = (status: number): Finding => ({
  about: 'PostgreSQL',
  verdict: 'ok',
  found: `as readiness says; how fast it is can't be read here, since /metrics answers ${status}`,
});

/** @param metrics the text of `GET /metrics` */
export function judgeDatabase(metrics: string): Finding {
  const about = 'PostgreSQL';
  const available = readMetric(metrics, metricNames.storageAvailable.name);
  if (available === undefined)
    return {
      about,
      verdict: 'warn',
      found: 'the metrics say nothing of it',
      mend: 'ask an engine of version 1.0 or later',
    };
  if (available === 0)
    return { about, verdict: 'fail', found: 'takes no writes', mend: 'see that it runs, and that its disk isn’t full' };
  const commits = readMetric(metrics, `${metricNames.commitSeconds.name}_count`) ?? 0;
  const seconds = readMetric(metrics, `${metricNames.commitSeconds.name}_sum`) ?? 0;
  if (commits < commitsMin) return { about, verdict: 'ok', found: 'takes writes' };
  const commitMs = (seconds / commits) * 1_000;
  const found = `takes writes, a COMMIT in ${commitMs.toFixed(1)} ms`;
  if (commitMs < commitSlowMs) return { about, verdict: 'ok', found };
  return {
    about,
    verdict: 'warn',
    found,
    mend: 'a faster disk, or less beside it; docs/operating.md has its settings',
  };
}

/** The sum over all labels. */
function readMetric(text: string, name: string): number | undefined {
  const values = text
    .split('\n')
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)));
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}
