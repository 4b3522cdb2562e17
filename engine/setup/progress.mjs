// What the setup says while it works: a line for each thing that it does, on stderr.
import { stderr } from 'node:process';

/** @param {string} line */
export function say(line) {
  stderr.write(`lucid: ${line}\n`);
}

/**
 * Runs `work` and says what it is, and how long it took.
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
