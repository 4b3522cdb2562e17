// The answer to a browser that asks for a page: compressed where it takes that, and not sent again where it has it.
import type { HttpRequest, HttpResponse } from 'uWebSockets.js';
import { type Page, pageHeaders } from './pages.ts';

/** What a request for a page says of itself. */
export type PageRequest = { isHead: boolean; takesGzip: boolean; knownEtag: string };

export const readPageRequest = (req: HttpRequest): PageRequest => ({
  isHead: req.getMethod() === 'head',
  takesGzip: /\bgzip\b/.test(req.getHeader('accept-encoding')),
  knownEtag: req.getHeader('if-none-match'),
});

/** Writes the answer at once, within a cork. @returns its status */
export function writePage(res: HttpResponse, page: Page, { isHead, takesGzip, knownEtag }: PageRequest): number {
  const isKnown = knownEtag.includes(page.etag);
  res.writeStatus(isKnown ? '304 Not Modified' : '200 OK');
  res.writeHeader('ETag', page.etag);
  res.writeHeader('Cache-Control', 'no-cache'); // To be kept, and asked for each time whether it is still so.
  res.writeHeader('Vary', 'Accept-Encoding');
  res.writeHeader('X-Content-Type-Options', 'nosniff');
  if (isKnown) {
    res.endWithoutBody();
    return 304;
  }
  res.writeHeader('Content-Type', page.contentType);
  for (const [name, value] of Object.entries(pageHeaders)) res.writeHeader(name, value);
  if (takesGzip) res.writeHeader('Content-Encoding', 'gzip');
  const body = takesGzip ? page.gzipped : page.bytes;
  if (isHead) res.endWithoutBody(body.byteLength);
  else res.end(body);
  return 200;
}
