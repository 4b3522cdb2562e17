// The answers to browsers that ask for pages: compressed where they take that, and not sent again where they have it.
import type { HttpRequest, HttpResponse, TemplatedApp } from 'uWebSockets.js';
import { setImmediate } from 'node:timers/promises';
import { type Failure, failed } from '../../schema/error.ts';
import { consolePath } from '../../schema/rules/console-path.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { HostAndOriginCheck } from './host-and-origin-check.ts';
import { dropBody, problemAnswerOf, writeAnswer, writeHeaders } from './http-answer.ts';
import { type Page, type PageEncoding, Pages, pageEncodings, pageHeaders, pagePatterns } from './pages.ts';
import { accepts, readHeaders } from './request.ts';
import { convertThrown } from './thrown.ts';

export type PageDependencies = { hostAndOriginCheck: HostAndOriginCheck; log: Log; metrics: Metrics };

/** Serves every page to GET and HEAD. */
export function addPages(app: TemplatedApp, dependencies: PageDependencies): void {
  const pages = new Pages();
  const findPage = (path: string) =>
    pages.find(path).catch((error) => convertThrown(error, dependencies.log, path).failure);
  for (const method of ['get', 'head'] as const)
    for (const pattern of pagePatterns)
      app[method](pattern, (res, req) => void servePage(res, req, findPage, dependencies));
}

/** Leads who asks the engine itself for a page to the console. @returns whether that was the answer */
export function showConsole(
  res: HttpResponse,
  req: HttpRequest,
  { hostAndOriginCheck, metrics }: Omit<PageDependencies, 'log'>,
): boolean {
  const headers = readHeaders(req);
  if (!accepts(headers, 'text/html') || hostAndOriginCheck.findRefusal(headers, true)) return false;
  metrics.countAnswer(302);
  res.writeStatus('302 Found');
  res.writeHeader('Location', consolePath);
  res.writeHeader('Vary', 'Accept');
  res.end();
  return true;
}

async function servePage(
  res: HttpResponse,
  req: HttpRequest,
  findPage: (path: string) => Promise<Page | Failure | undefined>,
  { hostAndOriginCheck, metrics }: PageDependencies,
): Promise<void> {
  let isAborted = false;
  res.onAborted(() => {
    isAborted = true;
  });
  const request = readPageRequest(req);
  const path = req.getUrl();
  const refusal = hostAndOriginCheck.findRefusal(readHeaders(req), true);
  await setImmediate(); // uWebSockets.js would answer what stands behind in the same packet before it closes.
  const page = refusal ?? (await findPage(path));
  if (isAborted) return;
  res.cork(() => {
    const isFound = page !== undefined && 'identity' in page;
    metrics.countAnswer(isFound ? writePage(res, page, request) : writeProblem(res, page ?? notInstalled, request));
  });
}

const notInstalled = failed('noSuchRoute', 'This file is not there: `npm run setup` brings what pages need.').failure;

/** A connection that is refused is closed. @returns its status */
function writeProblem(res: HttpResponse, failure: Failure, { isHead }: PageRequest): number {
  const answer = problemAnswerOf(failure);
  writeAnswer(res, isHead ? dropBody(answer) : answer, undefined, failure !== notInstalled);
  return answer.status;
}

/** What a request for a page says of itself. */
type PageRequest = { isHead: boolean; encoding: PageEncoding; knownEtag: string };

const readPageRequest = (req: HttpRequest): PageRequest => ({
  isHead: req.getMethod() === 'head',
  encoding: chooseEncoding(req.getHeader('accept-encoding')),
  knownEtag: req.getHeader('if-none-match'),
});

/** The shortest that is taken. A quality of 0 refuses; `*` is every encoding that isn't named. */
function chooseEncoding(acceptEncoding: string): PageEncoding {
  const qualities = new Map(
    acceptEncoding.split(',').map((offer) => {
      const [name = '', ...parameters] = offer.split(';').map((part) => part.trim().toLowerCase());
      const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      return [name.replace(/^x-/, ''), quality === undefined ? 1 : Number(quality)];
    }),
  );
  const takes = (encoding: PageEncoding) => (qualities.get(encoding) ?? qualities.get('*') ?? 0) > 0;
  return pageEncodings.find(takes) ?? 'identity';
}

/** A name that tells its content is kept for a year; all else is kept too, and asked for each time whether it is still so. */
const cacheControlOf = ({ isImmutable }: Page) => (isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache');

/** Writes the answer at once, within a cork. @returns its status */
function writePage(res: HttpResponse, page: Page, { isHead, encoding, knownEtag }: PageRequest): number {
  const { etag, body } = page[encoding];
  const isKnown = knownEtag.trim() === '*' || knownEtag.includes(etag);
  res.writeStatus(isKnown ? '304 Not Modified' : '200 OK');
  res.writeHeader('ETag', etag);
  res.writeHeader('Cache-Control', cacheControlOf(page));
  res.writeHeader('Vary', 'Accept-Encoding');
  res.writeHeader('X-Content-Type-Options', 'nosniff');
  if (isKnown) {
    res.endWithoutBody();
    return 304;
  }
  res.writeHeader('Content-Type', page.contentType);
  writeHeaders(res, pageHeaders);
  if (encoding !== 'identity') res.writeHeader('Content-Encoding', encoding);
  if (isHead) res.endWithoutBody(body.byteLength);
  else res.end(body);
  return 200;
}
