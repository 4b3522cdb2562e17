// A child's side of a measurement: answers what the bench asks, and ends when the bench is done or gone.

/** The process's own usage since its start; CPU time is user and system, of all threads. */
export type Usage = { rssBytes: number; cpuMs: number; loopActiveMs: number; loopIdleMs: number };

// biome-ignore lint/suspicious/noExplicitAny: the parameters differ from answer to answer; `Child.ask` checks each.
export type Answers = Record<string, (...parameters: any[]) => unknown>;

export type Question = { id: number; name: string; parameters: unknown[] };
export type Reply = { id: number; value: unknown } | { id: number; failure: string };

export function readOwnUsage(): Usage {
  const { user, system } = process.cpuUsage();
  const { active, idle } = performance.eventLoopUtilization();
  return {
    rssBytes: process.memoryUsage.rss(),
    cpuMs: (user + system) / 1_000,
    loopActiveMs: active,
    loopIdleMs: idle,
  };
}

/** Releases what the process holds. `answered` resolves once all earlier questions are answered. */
export type EndProcess = (answered: () => Promise<unknown>) => Promise<void>;

/**
 * Answers until the bench ends, in any way. Ctrl-C reaches the whole group of processes, of which only the bench acts on it,
 * so that every process ends in order.
 * @param end is called before the process ends
 */
export function answerParent(answers: Answers, end: EndProcess = async () => undefined): void {
  const answering = new Set<Promise<void>>();
  process.on('message', (question: Question) => {
    const answered = answerQuestion(question, answers).finally(() => answering.delete(answered));
    answering.add(answered);
  });
  process.once('disconnect', () => {
    end(() => Promise.all(answering)).then(
      () => process.exit(0),
      (error) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => undefined);
  process.on('SIGTERM', () => process.connected && process.disconnect());
}

async function answerQuestion({ id, name, parameters }: Question, answers: Answers): Promise<void> {
  const reply: Reply = await Promise.try(() => answers[name]?.(...parameters)).then(
    (value) => ({ id, value }),
    (error) => ({ id, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
  if (process.connected) process.send?.(reply);
}
