// The load generator of single reads: a few clients that each wait for an answer before they ask again, and time it.
import { answerParent, readOwnUsage } from '../processes/parent.ts';

type ReadsLoad = {
  /** The paths are asked in turn, again and again. */
  urls: string[];
  headers: Record<string, string>;
  /** The answer's list, and how many items it must have. */
  expected: { list: string; length: number };
  clients: number;
  durationMs: number;
};

export type ReadsResult = {
  latenciesMs: number[];
  elapsedMs: number;
  cpuMs: number;
  /** Answers that weren't as expected; a client with a problem stops. */
  problems: string[];
};

async function runReadLoad({ urls, headers, expected, clients, durationMs }: ReadsLoad): Promise<ReadsResult> {
  const result: ReadsResult = { latenciesMs: [], elapsedMs: 0, cpuMs: 0, problems: [] };
  const before = readOwnUsage();
  const startedAtMs = performance.now();
  let asked = 0;
  const read = async () => {
    while (performance.now() - startedAtMs < durationMs && result.problems.length === 0) {
      const url = urls[asked++ % urls.length] as string;
      const askedAtMs = performance.now();
      const response = await fetch(url, { headers });
      const body = await response.text();
      result.latenciesMs.push(performance.now() - askedAtMs);
      const length = response.ok ? (JSON.parse(body)[expected.list] as unknown[]).length : 0;
      if (length !== expected.length)
        result.problems.push(`${url} answered ${response.status} with ${length} ${expected.list}.`);
    }
  };
  await Promise.all(Array.from({ length: clients }, read));
  result.elapsedMs = performance.now() - startedAtMs;
  result.cpuMs = readOwnUsage().cpuMs - before.cpuMs;
  return result;
}

const answers = { run: runReadLoad };
export type ReadsAnswers = typeof answers;

answerParent(answers);
