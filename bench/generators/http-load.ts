// The load generator of REST: autocannon, in a process of its own.
import autocannon from 'autocannon';
import { answerParent, readOwnUsage } from '../processes/parent.ts';

export type HttpLoad = {
  url: string;
  headers: Record<string, string>;
  connections: number;
  /** Requests that a connection has unanswered at once. */
  pipelining: number;
  /** Threads of the generator; 0 for the process's own one. */
  workers: number;
  durationMs: number;
};

type HttpResult = {
  requests: number;
  elapsedMs: number;
  latencyP99Ms: number;
  /** Answers other than 2xx, and requests without an answer. */
  failures: number;
  cpuMs: number;
};

async function runHttpLoad({ durationMs, ...load }: HttpLoad): Promise<HttpResult> {
  const before = readOwnUsage();
  const result = await autocannon({ ...load, duration: durationMs / 1_000 });
  return {
    requests: result.requests.total,
    elapsedMs: result.duration * 1_000,
    latencyP99Ms: result.latency.p99,
    failures: result.non2xx + result.errors + result.timeouts,
    cpuMs: readOwnUsage().cpuMs - before.cpuMs,
  };
}

const answers = { run: runHttpLoad };
export type HttpAnswers = typeof answers;

answerParent(answers);
