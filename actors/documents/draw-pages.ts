// Draws pages of a PDF as pictures inside of the session's sandbox, so that a hostile file meets nothing but that; bounded.
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { quoteForBash } from '../../sandbox/shell/shell-lines.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import type { PageRange } from './read-pdf.ts';

/** Pages that are drawn at once: a request holds 20 pictures. */
export const drawnPagesMax = 5;
/** The longer side of a picture, whatever the page's size: providers make larger ones smaller. */
const drawnPixels = 1_568;
/** A page of a scanned book takes a second. */
const pageSeconds = 8;
const drawTimeoutMs = 30_000;
/** Address space of the program, which takes 100 MB for most pages. */
const memoryKilobytes = 1024 * 1024;
const outputCharsMax = drawnPagesMax * (Math.ceil(limits.imageBytesMax / 3) * 4 + 16);
/** Ends the command where the program isn't there; its own codes are below. */
const absentCode = 90;

/** A page's picture, or why there is none. */
export type DrawnPage = { number: number; bytes: Buffer } | { number: number; problem: string };

/** @param path as commands in the sandbox know it */
export async function drawPages(
  path: string,
  { first, last }: PageRange,
  { sandbox, signal }: { sandbox: Sandbox; signal: AbortSignal },
): Promise<Outcome<DrawnPage[]>> {
  const until = Math.min(last, first + drawnPagesMax - 1);
  let output = '';
  const result = await sandbox.run(writeCommand(path, first, until), {
    timeoutMs: drawTimeoutMs,
    signal,
    isSeparate: true,
    onOutput: (chunk) => {
      if (output.length < outputCharsMax) output += chunk.toString('latin1');
    },
  });
  if (!result.ok) return result;
  if (result.value.kind === 'cancelled') return failed('invalid', 'Drawing the pages was interrupted.');
  if (result.value.kind === 'exited' && result.value.exitCode !== 0 && output === '') return noProgram;
  return succeeded(readDrawn(output, first, until));
}

const noProgram = failed('invalid', 'there is no pdftoppm (of poppler-utils) in this sandbox');

/** Prints a line for each page: the program's exit code, and the picture in base64. */
const writeCommand = (path: string, first: number, last: number): string => `
command -v pdftoppm >/dev/null && command -v base64 >/dev/null || exit ${absentCode}
ulimit -v ${memoryKilobytes} -t ${pageSeconds}
for page in {${first}..${last}}; do
  drawn=$(timeout ${pageSeconds} pdftoppm -q -cropbox -jpeg -jpegopt quality=85 -scale-to ${drawnPixels} -f $page -l $page -- ${quoteForBash(path)} 2>/dev/null |
    head -c ${limits.imageBytesMax + 1} | base64 -w 0; exit \${PIPESTATUS[0]})
  echo "$? $drawn"
done`;

const passwordCodes: ReadonlySet<string> = new Set(['1', '3']);
const timeoutCodes: ReadonlySet<string> = new Set(['124', '137', '152']);

function readDrawn(output: string, first: number, last: number): DrawnPage[] {
  const lines = output.split('\n');
  return Array.from({ length: last - first + 1 }, (_, at) => {
    const [code = '', data = ''] = (lines[at] ?? '').split(' ');
    const bytes = Buffer.from(data, 'base64');
    const number = first + at;
    return code === '0' && bytes.length > 0 ? { number, bytes } : { number, problem: problemOf(code) };
  });
}

function problemOf(code: string): string {
  if (code === '' || timeoutCodes.has(code)) return 'it takes too long';
  return passwordCodes.has(code) ? 'it is broken or has a password' : 'it is broken or too large';
}
