// A command's output as a model is to read it: whole where it is short, else its two ends and the file that has all of it.
import { countCutAtEnd, countCutAtStart } from './character-ends.ts';
import { CommandOutput } from './command-output.ts';
import type { KeptOutput } from './kept-output.ts';

/** Bytes of an output that a model reads whole: some 3,000 tokens, which each later request of the turn has again. */
export const observedBytesMax = 12_000;
/** What is shown of a longer one: its end says how a build or a test run went. */
const longShown: Shown = { headBytes: 2_000, tailBytes: 6_000 };
/** An output of this size isn't to be read but searched; its ends say what it is. */
const hugeBytesMin = 100_000;
const hugeShown: Shown = { headBytes: 500, tailBytes: 1_000 };
/** Characters of one line in what is shown of a longer output; the whole line is in the file. */
export const shownLineCharsMax = 300;

type Shown = { headBytes: number; tailBytes: number };

/** The line that names the file of the whole, as `finish` writes it: what is shortened later should keep it. */
export const findKeptNote = (text: string): string | undefined => keptNote.exec(text)?.[0];
const keptNote = /^\[… \d+ of \d+ bytes left out; .* is in \S+ …\]$/m;

const lineFeed = 0x0a;

export class ObservedOutput {
  readonly #openKept: (() => KeptOutput) | undefined;
  #kept: KeptOutput | undefined;
  /** Takes what the command prints. */
  readonly collected = new CommandOutput({ bytesMax: observedBytesMax, onLong: (chunk) => this.#keep(chunk) });

  /** @param openKept where the whole of a long output goes; absent where there is no place for it */
  constructor(openKept?: () => KeptOutput) {
    this.#openKept = openKept;
  }

  /** What a model reads, once the whole is kept; that isn't waited for where the signal has gone off. */
  async finish(signal: AbortSignal): Promise<string> {
    const { head, tail, leftBytes } = this.collected.readParts();
    if (leftBytes === 0) return head.toString('utf8');
    if (signal.aborted) this.abandon();
    const kept = signal.aborted ? undefined : await this.#kept?.finish();
    const bytes = head.length + leftBytes + tail.length;
    const { headBytes, tailBytes } = bytes >= hugeBytesMin ? hugeShown : longShown;
    const first = endAtLine(head.subarray(0, headBytes));
    const last = beginAtLine(tail.subarray(Math.max(0, tail.length - tailBytes)));
    const left = `${bytes - first.length - last.length} of ${bytes} bytes left out`;
    const where = kept === undefined ? '' : `; ${kept.isWhole ? 'the whole' : 'its beginning'} is in ${kept.path}`;
    const note = `[… ${left}${where} …]`;
    return [...cutLines(first.toString('utf8')), note, ...cutLines(last.toString('utf8'))].join('\n');
  }

  /** The file that the whole goes to isn't waited for any more. */
  abandon(): void {
    this.#kept?.abandon();
  }

  #keep(chunk: Buffer): void {
    this.#kept ??= this.#openKept?.();
    this.#kept?.add(chunk);
  }
}

/** Lines stay whole where that costs little. */
const lineShareMax = 0.5;

function endAtLine(bytes: Buffer): Buffer {
  const end = bytes.lastIndexOf(lineFeed);
  const isNear = end >= (1 - lineShareMax) * bytes.length;
  return isNear ? bytes.subarray(0, end) : bytes.subarray(0, bytes.length - countCutAtEnd(bytes));
}

function beginAtLine(bytes: Buffer): Buffer {
  const end = bytes.indexOf(lineFeed);
  const isNear = end >= 0 && end <= lineShareMax * bytes.length;
  return bytes.subarray(isNear ? end + 1 : countCutAtStart(bytes));
}

const cutLines = (text: string): string[] => text.split('\n').map(cutLine);

function cutLine(line: string): string {
  if (line.length <= shownLineCharsMax) return line;
  return `${line.slice(0, shownLineCharsMax).toWellFormed()}… [${line.length - shownLineCharsMax} more characters]`;
}
