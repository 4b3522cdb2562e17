// An answer that is made while it is sent: no faster than its reader takes it, and never whole in memory.
import type { HttpResponse } from 'uWebSockets.js';
import type { Download } from '../../schema/protocol/route.ts';

/** Headers of a file that is kept, whatever it is called. */
export const downloadHeadersOf = ({ contentType, fileName }: Omit<Download, 'chunks'>): Record<string, string> => ({
  'Content-Type': contentType,
  'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`,
});

/** Writes a download's chunks; what it throws ends the connection, by which its reader knows that the file isn't whole. */
export class DownloadWriter {
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
      this.#res.writeHeader('Cache-Control', 'no-store');
      this.#res.writeHeader('X-Content-Type-Options', 'nosniff');
      for (const name in headers) this.#res.writeHeader(name, headers[name] as string);
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

  async #writeChunk(chunk: string): Promise<void> {
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
