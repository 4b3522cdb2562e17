// Files that are made while they are sent: no faster than their readers take them, and never whole in memory.
import type { HttpResponse } from 'uWebSockets.js';
import { failed } from '../../schema/error.ts';
import type { Download } from '../../schema/protocol/route.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { type Answer, problemAnswerOf, writeAnswer, writeHeaders } from './http-answer.ts';
import { convertThrown } from './thrown.ts';
import { UserCounts } from './user-counts.ts';

/** Files sent at once: each holds some megabytes of a chat or a workspace, however slowly it is read. */
const downloadsMax = 64;
/** Of one user, who could keep all of them for hours by reading slowly. */
export const downloadsPerUserMax = 8;

/** A file can't be made to its end, of which its reader hears by the connection's end; nothing is wrong with the engine. */
export class CutDownload extends Error {}

type Cors = Record<string, string> | undefined;

/** Headers of a file that is kept, whatever it is called. */
export const downloadHeadersOf = ({ contentType, fileName }: Omit<Download, 'chunks'>): Record<string, string> => ({
  'Content-Type': contentType,
  'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`,
});

export class Downloads {
  readonly #dependencies: { log: Log; metrics: Metrics };
  readonly #ofUsers = new UserCounts(downloadsPerUserMax);
  #count = 0;

  constructor(dependencies: { log: Log; metrics: Metrics }) {
    this.#dependencies = dependencies;
  }

  /** Must be called while the response isn't aborted. @param cors the headers by which a page of another origin may read it */
  send(res: HttpResponse, { chunks, ...file }: Download, { user, cors }: { user: string; cors: Cors }): void {
    const { log, metrics } = this.#dependencies;
    const refusal = this.#findRefusal(user);
    metrics.countAnswer(refusal?.status ?? 200);
    if (refusal) return void res.cork(() => writeAnswer(res, refusal, cors, false));
    this.#count++;
    this.#ofUsers.add(user);
    void new DownloadWriter(res)
      .write({ ...downloadHeadersOf(file), ...cors }, chunks)
      .catch((error) => void (error instanceof CutDownload || convertThrown(error, log, file.fileName)))
      .finally(() => {
        this.#count--;
        this.#ofUsers.remove(user);
      });
  }

  #findRefusal(user: string): Answer | undefined {
    if (this.#ofUsers.isFull(user)) return tooManyOfUser;
    return this.#count < downloadsMax ? undefined : tooMany;
  }
}

const refuse = (detail: string) => problemAnswerOf(failed('overloaded', detail, { retryAfterMs: 5_000 }).failure);
const tooMany = refuse('Too many files are downloaded at once.');
const tooManyOfUser = refuse('Too many files of yours are downloaded at once.');

/** Writes a download's chunks; what it throws ends the connection, by which its reader knows that the file isn't whole. */
class DownloadWriter {
  readonly #res: HttpResponse;
  #isAborted = false;
  #resume: (() => void) | undefined;

  /** To be made before anything is awaited. */
  constructor(res: HttpResponse) {
    this.#res = res;
    res.onAborted(() => {
      this.#isAborted = true;
      this.#resume?.();
    });
    res.onWritable(() => {
      this.#resume?.();
      return true;
    });
  }

  async write(headers: Record<string, string>, chunks: Download['chunks']): Promise<void> {
    this.#res.cork(() => {
      this.#res.writeStatus('200 OK');
      writeHeaders(this.#res, { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', ...headers });
    });
    try {
      for await (const chunk of chunks) {
        if (this.#isAborted) return;
        await this.#writeChunk(chunk);
      }
    } catch (error) {
      if (!this.#isAborted) this.#res.close();
      throw error;
    }
    if (!this.#isAborted) this.#res.cork(() => this.#res.end());
  }

  async #writeChunk(chunk: string | Uint8Array): Promise<void> {
    let isTaken = true;
    this.#res.cork(() => {
      isTaken = this.#res.write(chunk);
    });
    if (isTaken) return;
    await new Promise<void>((resolve) => {
      this.#resume = resolve;
    });
    this.#resume = undefined;
  }
}
