// Examines a deployment, one check after another: what can't be reached makes the rest pointless.
import { createClient, LucidError } from '../../client/index.ts';
import { describeThrown } from '../../client/lucid-error.ts';
import { commandName } from '../local/find-repository.ts';
import type { EngineAddress } from '../settings/find-engine.ts';
import { loadWebSocket } from '../settings/load-web-socket.ts';
import { checkEventStream, checkWebSocket } from './check-stream.ts';
import type { Finding } from './finding.ts';
import { describeExpiry, judgeClock } from './judge-clock.ts';
import {
  describeHiddenMetrics,
  type EngineStatus,
  judgeAgents,
  judgeCluster,
  judgeDatabase,
  judgeReadiness,
  judgeSandbox,
  judgeVersion,
} from './judge-status.ts';

/** Of one question. */
const askTimeoutMs = 10_000;

export async function* examine(engine: EngineAddress, now: () => number): AsyncGenerator<Finding, undefined> {
  const asked = await askStatus(engine, now);
  yield asked.finding;
  if (!asked.status) return undefined;
  yield judgeTransport(engine.url);
  yield judgeVersion(asked.status);
  yield judgeClock(asked.date, asked.askedMs, asked.answeredMs);
  yield judgeReadiness(await readUnreadiness(engine.url));
  yield await checkDatabase(engine.url);
  const cluster = judgeCluster(asked.status);
  if (cluster) yield cluster;
  yield judgeAgents(asked.status);
  yield judgeSandbox(asked.status);
  yield await checkWebSocket(engine.url, await loadWebSocket());
  const token = await checkToken(engine, now());
  yield token.finding;
  yield token.sessionId === undefined || engine.token === undefined
    ? describeUntriedStream(token.finding)
    : await checkEventStream({ baseUrl: engine.url, token: engine.token, sessionId: token.sessionId });
  return undefined;
}

/** Without a token that is accepted no session can be begun either. */
function describeUntriedStream({ verdict, found, mend }: Finding): Finding {
  const untried = { about: 'SSE', verdict: 'warn' } as const;
  if (verdict === 'fail')
    return { ...untried, found: 'not tried: the token was not accepted', mend: 'mend that first' };
  return found === noToken
    ? { ...untried, found: 'not tried: there is no token', ...(mend !== undefined && { mend }) }
    : {
        ...untried,
        found: 'not tried: there is no session to follow',
        mend: `${commandName} run "Write hello world"`,
      };
}

const noToken = 'there is none';

const ask = (url: string): Promise<Response> => fetch(url, { signal: AbortSignal.timeout(askTimeoutMs) });

type Asked = { finding: Finding; status?: EngineStatus; date: string | null; askedMs: number; answeredMs: number };

async function askStatus({ url, source }: EngineAddress, now: () => number): Promise<Asked> {
  const about = 'reachable';
  const askedMs = now();
  const failed = (found: string, mend: string): Asked => ({
    finding: { about, verdict: 'fail', found: `${url} (${source}) ${found}`, mend },
    date: null,
    askedMs,
    answeredMs: now(),
  });
  try {
    const answer = await ask(`${url}/`);
    const answeredMs = now();
    const status = (await answer.json().catch(() => undefined)) as EngineStatus | { code?: string } | undefined;
    if (status && 'code' in status && status.code === 'unknownHost')
      return failed('is called by a name that the engine does not know', 'add the name to PUBLIC_HOSTS');
    if (!status || !('service' in status))
      return failed(`answers ${answer.status}, and it is not the engine`, 'see that the proxy sends all paths to it');
    const finding: Finding = {
      about,
      verdict: 'ok',
      found: `${url} (${source}) answers in ${answeredMs - askedMs} ms`,
    };
    return { finding, status, date: answer.headers.get('date'), askedMs, answeredMs };
  } catch (error) {
    return failed(`does not answer: ${describeThrown(error)}`, 'see that the engine runs and that the URL is right');
  }
}

function judgeTransport(url: string): Finding {
  const { protocol, hostname } = new URL(url);
  const about = 'transport';
  if (protocol === 'https:') return { about, verdict: 'ok', found: 'encrypted' };
  if (/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname))
    return { about, verdict: 'ok', found: 'not encrypted, within this machine' };
  return {
    about,
    verdict: 'warn',
    found: 'tokens and files are not encrypted',
    mend: 'put a proxy with TLS before the engine',
  };
}

async function readUnreadiness(url: string): Promise<string | undefined> {
  try {
    const answer = await ask(`${url}/ready`);
    if (answer.ok) return undefined;
    const problem = (await answer.json().catch(() => ({}))) as { detail?: string };
    return problem.detail ?? `/ready answers ${answer.status}`;
  } catch (error) {
    return `/ready does not answer: ${describeThrown(error)}`;
  }
}

async function checkDatabase(url: string): Promise<Finding> {
  try {
    const answer = await ask(`${url}/metrics`);
    if (!answer.ok) return describeHiddenMetrics(answer.status);
    return judgeDatabase(await answer.text());
  } catch (error) {
    return {
      about: 'PostgreSQL',
      verdict: 'warn',
      found: `/metrics does not answer: ${describeThrown(error)}`,
      mend: 'let this machine read /metrics',
    };
  }
}

async function checkToken(engine: EngineAddress, nowMs: number): Promise<{ finding: Finding; sessionId?: string }> {
  const about = 'token';
  if (engine.token === undefined)
    return { finding: { about, verdict: 'warn', found: noToken, mend: `${commandName} login, or LUCID_TOKEN` } };
  const expiry = describeExpiry(engine.token, nowMs);
  try {
    const lucid = createClient({ baseUrl: engine.url, token: engine.token, bounds: { requestAttemptsMax: 1 } });
    const { sessions } = await lucid.sessions.list({ state: ['created', 'working', 'idle'], limit: 1 });
    const sessionId = sessions[0]?.sessionId;
    const found = ['accepted', expiry?.text].filter((part) => part !== undefined).join(', ');
    const finding: Finding =
      engine.warning !== undefined
        ? { about, verdict: 'warn', found, mend: engine.warning }
        : expiry?.isSoon
          ? { about, verdict: 'warn', found, mend: 'log in again soon' }
          : { about, verdict: 'ok', found };
    return { finding, ...(sessionId !== undefined && { sessionId }) };
  } catch (error) {
    const refused = error instanceof LucidError && error.code === 'notAuthenticated';
    const why = `${(error as Error).message}${expiry ? ` It ${expiry.text}.` : ''}`;
    const mend = refused ? `${commandName} login; the engine’s SESSION_SECRET signs tokens` : 'see the lines above';
    return { finding: { about, verdict: 'fail', found: why, mend } };
  }
}
