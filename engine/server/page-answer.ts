// The answers to browsers that ask for pages: compressed where they take that, and not sent again where they have it.
import type { HttpRequest, HttpResponse, TemplatedApp } from 'uWebSockets.js';
import { setImmediate } from 'node:timers/promises';
import { type Failure, failed } from '../../schema/error.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { HostAndOriginCheck } from './host-and-origin-check.ts';
import { dropBody, problemAnswerOf, writeAnswer, writeHeaders } from './http-answer.ts';
import { type Page, Pages, pageHeaders, pagePaths } from './pages.ts';
import { readHeaders } from './request.ts';
import { convertThrown } from './thrown.ts';

export type PageDependencies = { hostAndOriginCheck: HostAndOriginCheck; log: Log; metrics: Metrics };

/** Serves every page to GET and HEAD. */
export function addPages(app: TemplatedApp, dependencies: PageDependencies): void {
  const pages = new Pages();
  const findPage = (path: string) =>
    pages.find(path).catch((error) => convertThrown(error, dependencies.log, path).failure);
  for (const path of pagePaths)
    for (const method of ['get', 'head'] as const)
      app[method](path, (res, req) => void servePage(res, req, () => findPage(path), dependencies));
}

async function servePage(
  res: HttpResponse,
  req: HttpRequest,
  findPage: () => Promise<Page | Failure | undefined>,
  { hostAndOriginCheck, metrics }: PageDependencies,
): Promise<void> {
  let isAborted = false;
  res.onAborted(() => {
    isAborted = true;
  });
  const request = readPageRequest(req);
  const refusal = hostAndOriginCheck.findRefusal(readHeaders(req), true);
  await setImmediate(); // uWebSockets.js would answer what stands behind in the same packet before it closes.
  const page = refusal ?? (await findPage());
  if (isAborted) return;
  res.cork(() => {
    const isFound = page !== undefined && 'plain' in page;
    metrics.countAnswer(isFound ? writePage(res, page, request) : writeProblem(res, page ?? notInstalled, request));
  });
}

const notInstalled = failed('noSuchRoute', 'This file is not installed: `npm run setup` brings it.').failure;

/** A connection that is refused is closed. @returns its status */
function writeProblem(res: HttpResponse, failure: Failure, { isHead }: PageRequest): number {
  const answer = problemAnswerOf(failure);
  writeAnswer(res, isHead ? dropBody(answer) : answer, undefined, failure !== notInstalled);
  return answer.status;
}

/** What a request for a page says of itself. */
type PageRequest = { isHead: boolean; takesGzip: boolean; knownEtag: string };

const readPageRequest = (req: HttpRequest): PageRequest => ({
  isHead: req.getMethod() === 'head',
  takesGzip: takesGzip(req.getHeader('accept-encoding')),
  knownEtag: req.getHeader('if-none-match'),
});

/** A quality of 0 refuses; `*` is every encoding that isn't named. */
function takesGzip(acceptEncoding: string): boolean {
  const qualities = new Map(
    acceptEncoding.split(',').map((offer) => {
      const [name = '', ...parameters] = offer.split(';').map((part) => part.trim().toLowerCase());
      const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      return [name, quality === undefined ? 1 : Number(quality)];
    }),
  );
  return (qualities.get('gzip') ?? qualities.get('x-gzip') ?? qualities.get('*') ?? 0) > 0;
}

/** Writes the answer at once, within a cork. @returns its status */
function writePage(res: HttpResponse, page: Page, { isHead, takesGzip, knownEtag }: PageRequest): number {
  const { etag, body } = takesGzip ? page.gzipped : page.plain;
  const isKnown = knownEtag.trim() === '*' || knownEtag.includes(etag);
  res.writeStatus(isKnown ? '304 Not Modified' : '200 OK');
  res.writeHeader('ETag', etag);
  res.writeHeader('Cache-Control', 'no-cache'); // To be kept, and asked for each time whether it is still so.
  res.writeHeader('Vary', 'Accept-Encoding');
  res.writeHeader('X-Content-Type-Options', 'nosniff');
  if (isKnown) {
    res.endWithoutBody();
    return 304;
  }
  res.writeHeader('Content-Type', page.contentType);
  writeHeaders(res, pageHeaders);
  if (takesGzip) res.writeHeader('Content-Encoding', 'gzip');
  if (isHead) res.endWithoutBody(body.byteLength);
  else res.end(body);
  return 200;
}
