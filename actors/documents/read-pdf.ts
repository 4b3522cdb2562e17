// Reads the texts of a PDF in a process of its own, bounded in time and memory, with no right to anything but its packages.
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';

/** A document of some hundred pages; the file is in memory three times. */
export const pdfBytesMax = 16 * 1024 * 1024;
/** How long a hundred pages may take on a busy machine. */
const extractTimeoutMs = 20_000;
/** What its process may hold; a document of a hundred pages takes 150 MB. */
const residentBytesMax = 512 * 1024 * 1024;
const heapMegabytesMax = 256;
/** How often that is looked at: a bomb of zeros grows by a gigabyte a second. */
const lookIntervalMs = 20;
/** Characters of all pages that are read at once. */
const outputBytesMax = 4 * 1024 * 1024;
const pageBytes = 4_096;

export type ExtractedPages = { count: number; pages: string[] };
export type PageRange = { first: number; last: number };

const tooMuch = failed('fileTooLarge', 'The PDF takes too much time or memory to be read. Read fewer pages of it.');
const interrupted = failed('invalid', 'Reading the PDF was interrupted.');

const root = fileURLToPath(new URL('../../', import.meta.url));
const program = fileURLToPath(new URL('./extract-pdf.ts', import.meta.url));

/** Documents are read one after the other, so that a thread's hostile ones share one bound. */
let before: Promise<unknown> = Promise.resolve();

export function readPdf(bytes: Uint8Array, range: PageRange, signal: AbortSignal): Promise<Outcome<ExtractedPages>> {
  const reading = before.then(() => (signal.aborted ? interrupted : extractPages(bytes, range, signal)));
  before = reading.catch(() => undefined); // Whoever asked for it is told.
  return reading;
}

async function extractPages(
  bytes: Uint8Array,
  { first, last }: PageRange,
  signal: AbortSignal,
): Promise<Outcome<ExtractedPages>> {
  const flags = [`--max-old-space-size=${heapMegabytesMax}`, '--permission', `--allow-fs-read=${root}`];
  const child = spawn(process.execPath, [...flags, program, String(first), String(last)], {
    env: {},
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let stopped: Outcome<never> | undefined;
  const stop = (why: Outcome<never>) => {
    stopped ??= why;
    child.kill('SIGKILL');
  };
  const timer = setTimeout(() => stop(tooMuch), extractTimeoutMs);
  const looking = setInterval(() => void stopWhereTooLarge(child.pid, () => stop(tooMuch)), lookIntervalMs);
  const onAbort = () => stop(interrupted);
  signal.addEventListener('abort', onAbort, { once: true });
  void offerToKiller(child.pid);
  try {
    child.stdin.on('error', () => undefined); // A process that has ended reads no more; its end says why.
    child.stdin.end(bytes);
    const output = await readOutput(child.stdout, () => stop(tooMuch));
    return stopped ?? readSaid(output);
  } finally {
    clearTimeout(timer);
    clearInterval(looking);
    signal.removeEventListener('abort', onAbort);
    child.kill('SIGKILL');
  }
}

/** What its process holds is known on Linux alone; elsewhere time and the heap bound it. */
async function stopWhereTooLarge(pid: number | undefined, stop: () => void): Promise<void> {
  const status = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '');
  const residentPages = Number(status.split(' ')[1] ?? 0);
  if (residentPages * pageBytes > residentBytesMax) stop();
}

/** Where the machine runs out of memory all the same, this process is the one that goes. */
const offerToKiller = (pid: number | undefined): Promise<void> =>
  writeFile(`/proc/${pid}/oom_score_adj`, '1000').catch(() => undefined);

async function readOutput(output: AsyncIterable<Buffer>, stop: () => void): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of output) {
    bytes += part.length;
    if (bytes > outputBytesMax) {
      stop();
      break;
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function readSaid(output: string): Outcome<ExtractedPages> {
  if (output === '') return tooMuch; // It has died of what it read.
  const said = JSON.parse(output) as ExtractedPages | { problem: string };
  return 'problem' in said ? failed('invalid', `The PDF can't be read: ${said.problem}`) : succeeded(said);
}
