// Reads lines of a kept output, which lies outside of the workspace, by a command of the sandbox.
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { quoteForBash } from '../../sandbox/shell/shell-lines.ts';
import { failed, type Outcome } from '../../schema/error.ts';
import { linesOf } from './text/lines.ts';
import { cutLines, type PageOptions, readCharsMax } from './text/page.ts';

/** Four megabytes are read in some 10 ms. */
const readTimeoutMs = 10_000;
const bytesOfCharacterMax = 4;

/** @param path as `isKeptPath` knows it */
export async function readKept(
  path: string,
  page: PageOptions,
  { sandbox, signal }: { sandbox: Sandbox; signal: AbortSignal },
): Promise<Outcome<string>> {
  const { offset = 1, limit } = page;
  const file = quoteForBash(path);
  const asked = limit === undefined ? '' : `| head -n ${limit} `;
  const command = `[ -f ${file} ] || exit 3; wc -l <${file}; tail -n +${offset} ${file} ${asked}| head -c ${bytesOfCharacterMax * readCharsMax}`;
  const chunks: Buffer[] = [];
  const onOutput = (chunk: Buffer) => chunks.push(Buffer.from(chunk));
  const result = await sandbox.run(command, { signal, timeoutMs: readTimeoutMs, isSeparate: true, onOutput });
  if (!result.ok) return result;
  if (result.value.kind !== 'exited' || result.value.exitCode !== 0) return noLonger;
  const [count = '', ...lines] = linesOf(Buffer.concat(chunks).toString('utf8'));
  return cutLines(lines, Math.max(Number(count), lines.length), page);
}

const noLonger = failed('noSuchFile', 'That output is no longer kept; run its command again.');
