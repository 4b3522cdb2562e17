// Reads the paths that were found from the chunks of a command's output, a NUL behind each.
import { filesFoundMax } from './find-command.ts';

/** What is no path at the end: messages of the programs. */
const messageCharsMax = 1_000;

export class FindOutput {
  readonly #paths: string[] = [];
  #rest = Buffer.alloc(0);
  #hasMore = false;

  addChunk(chunk: Buffer): void {
    const text = Buffer.concat([this.#rest, chunk]);
    let from = 0;
    for (let end = text.indexOf(0); end >= 0; end = text.indexOf(0, from)) {
      if (this.#paths.length < filesFoundMax) this.#paths.push(text.toString('utf8', from, end).replace(/^\.\//, ''));
      else this.#hasMore = true;
      from = end + 1;
    }
    this.#rest = text.subarray(from);
  }

  get count(): number {
    return this.#paths.length;
  }

  get message(): string {
    return this.#rest.toString('utf8').slice(0, messageCharsMax).trim();
  }

  /** One path a line, from the root of the workspace. */
  toText(): string {
    if (this.count === 0) return 'No file fits.\n';
    const note = this.#hasMore
      ? [`[More than ${this.count} files fit; these are the newest. Ask more precisely.]`]
      : [];
    return `${[...this.#paths.map(showPath), ...note].join('\n')}\n`;
  }
}

/** A name may hold the end of a line. */
const showPath = (path: string): string => (path.includes('\n') ? JSON.stringify(path) : path);
