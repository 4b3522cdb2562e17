// An agent's turn with a stand-in for its vendor: our own time a step, and the tokens that a long task sends.
import { endAll } from '../processes/child.ts';
import { checkDocker, removeLeft } from '../sandboxes/start.ts';
import { type Options, type Result, type Scenario, together } from '../scenario.ts';
import { stepTime } from './turn/step.ts';
import { tokensSent } from './turn/tokens.ts';

const parts: Record<string, Scenario> = { step: stepTime, tokens: tokensSent };

export async function turn(options: Options): Promise<Result> {
  await checkDocker();
  try {
    const results: Result[] = [];
    for (const [name, measure] of Object.entries(parts)) {
      const progress = (text: string) => options.progress(`${name}, ${text}`);
      results.push(await measure({ ...options, progress }));
    }
    return together(results);
  } finally {
    await endAll();
    await removeLeft();
  }
}
