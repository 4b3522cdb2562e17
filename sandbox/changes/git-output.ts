// Takes apart what git prints with -z about changed files, which a hostile repository may have shaped. Pure.
import type { ChangeKind } from '../../schema/change.ts';
import { escapedTextOf } from '../workspace/escaped-text.ts';

/** A changed file; its paths are relative to git's work tree, and of any bytes as `escapedTextOf` has them. */
export type FoundChange = {
  path: string;
  oldPath?: string;
  kind: ChangeKind;
  added: number;
  removed: number;
  isBinary: boolean;
  /** Whether its lines were counted: the output may be cut before. */
  isCounted: boolean;
};

export type GitOutput = {
  changes: FoundChange[];
  /** What follows the changes: the diff, where git was asked for it. */
  rest: Buffer;
};

const kindByLetter: Record<string, ChangeKind> = { A: 'added', D: 'deleted', R: 'renamed' };

const nul = 0;

/** @param output of `git diff-index -z --raw --numstat`, with `-p` or not; one that was cut gives what it holds whole */
export function parseGitOutput(output: Buffer): GitOutput {
  const records = new Records(output);
  const byPath = new Map<string, FoundChange>();
  for (let record = records.next(); record !== undefined; record = records.next()) {
    if (record.length === 0) return { changes: [...byPath.values()], rest: records.rest };
    if (record[0] === ':'.charCodeAt(0)) readRawRecord(record, records, byPath);
    else readCountRecord(record, records, byPath);
  }
  return { changes: [...byPath.values()], rest: records.rest };
}

/** `:<mode> <mode> <id> <id> <letter>`, and one path, or two of a renamed file. */
function readRawRecord(record: Buffer, records: Records, byPath: Map<string, FoundChange>): void {
  const letter = record.toString('latin1').split(' ')[4]?.[0] ?? '';
  const isRenamed = letter === 'R';
  const old = isRenamed ? records.next() : undefined;
  const path = records.next();
  if (path === undefined || (isRenamed && old === undefined)) return;
  const change: FoundChange = {
    path: escapedTextOf(path),
    ...(old && { oldPath: escapedTextOf(old) }),
    kind: kindByLetter[letter] ?? 'modified',
    added: 0,
    removed: 0,
    isBinary: false,
    isCounted: false,
  };
  byPath.set(change.path, change);
}

/** `<added> TAB <removed> TAB <path>`; of a renamed file the path is empty, and two follow. */
function readCountRecord(record: Buffer, records: Records, byPath: Map<string, FoundChange>): void {
  const [added = '', removed = ''] = record.toString('latin1').split('\t', 2);
  let path: Buffer | undefined = record.subarray(added.length + removed.length + 2);
  if (path.length === 0) {
    records.next();
    path = records.next();
  }
  const change = path && byPath.get(escapedTextOf(path));
  if (!change) return;
  change.isCounted = true;
  change.isBinary = added === '-';
  change.added = countOf(added);
  change.removed = countOf(removed);
}

const countOf = (text: string): number => (/^\d{1,15}$/.test(text) ? Number(text) : 0);

/** Records that end with NUL, one after the other; what is left at the end without one is no record. */
class Records {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  next(): Buffer | undefined {
    const end = this.#bytes.indexOf(nul, this.#at);
    if (end < 0) return undefined;
    const record = this.#bytes.subarray(this.#at, end);
    this.#at = end + 1;
    return record;
  }

  get rest(): Buffer {
    return this.#bytes.subarray(this.#at);
  }
}
