// What the setup says while it works: one line for each thing it does, on stderr, and seconds for what takes long.
import { stderr } from 'node:process';

const everyMs = { terminal: 1000, elsewhere: 10_000 };

/** @param {string} line */
export function say(line) {
  stderr.write(`lucid: ${line}\n`);
}

/**
 * Runs `work` and shows how long it has taken: on a terminal in one line that changes, elsewhere in a line now and then.
 * @template Result
 * @param {string} doing such as 'installing packages'
 * @param {() => Promise<Result>} work
 * @returns {Promise<Result>}
 */
export async function showing(doing, work) {
  const startedAt = Date.now();
  const seconds = () => `${Math.round((Date.now() - startedAt) / 1000)} s`;
  const show = (text, end) => stderr.write(stderr.isTTY ? `\r\u001b[Klucid: ${text}${end}` : `lucid: ${text}\n`);
  show(`${doing}…`, '');
  const timer = setInterval(
    () => show(`${doing}… ${seconds()}`, ''),
    stderr.isTTY ? everyMs.terminal : everyMs.elsewhere,
  );
  try {
    const result = await work();
    show(`${doing}: done in ${seconds()}`, '\n');
    return result;
  } catch (error) {
    show(`${doing}: failed after ${seconds()}`, '\n');
    throw error;
  } finally {
    clearInterval(timer);
  }
}
