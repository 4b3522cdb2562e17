// Prints the setup's progress on stderr: a line for each step.
import { stderr } from 'node:process';

/** @param {string} line */
export function say(line) {
  stderr.write(`lucid: ${line}\n`);
}

/**
 * Runs `work`, and says what it does and how long it took.
 * @template Result
 * @param {string} doing such as 'installing packages'
 * @param {() => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function runWithProgress(doing, work) {
  const startedAt = Date.now();
  const seconds = () => `${Math.round((Date.now() - startedAt) / 1000)} s`;
  say(`${doing}…`);
  try {
    const result = await work();
    say(`${doing}: done in ${seconds()}`);
    return result;
  } catch (error) {
    say(`${doing}: failed after ${seconds()}`);
    throw error;
  }
}
