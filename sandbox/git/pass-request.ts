// Passes one request of git to its server, and the answer back: streamed both ways, with the token added outside.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { errors, failed, type Outcome, succeeded } from '../../schema/error.ts';
import { findNewLocation, isRedirect, judgeAnswer } from './git-answer.ts';
import { pickAnswerHeaders, pickRequestHeaders } from './git-headers.ts';
import type { GitRequest } from './git-route.ts';
import type { Grant } from './grant.ts';
import type { Upstream } from './upstream.ts';
import type { UpstreamAnswer } from './upstream-request.ts';

/** How long a request through the git proxy may take, the transfer of a large pack included. */
export const gitRequestTimeoutMs = 1_800_000;
/** Redirects that one request follows, so that a server can't lead it on without end. */
const gitRedirectsMax = 3;

type ProxiedRequest = {
  grant: Grant;
  gitRequest: GitRequest;
  request: IncomingMessage;
  response: ServerResponse;
  upstream: Upstream;
};

/** Resolves when both sides have ended, for whatever reason. */
export async function passRequest(proxied: ProxiedRequest): Promise<void> {
  const { grant, response } = proxied;
  const running = grant.beginRequest();
  if (!running) return refuseGitRequest(response, 429, 'Too many git requests of this session are on their way.');
  const onEnd = () => running.abort();
  const timer = setTimeout(onEnd, gitRequestTimeoutMs);
  response.once('close', onEnd);
  running.signal.addEventListener('abort', () => response.destroy(), { once: true });
  const passed = await passAnswerOn(proxied, running.signal);
  clearTimeout(timer);
  grant.endRequest(running, passed.ok ? undefined : passed.failure);
  if (!passed.ok) refuseGitRequest(response, errors[passed.failure.code].status, passed.failure.detail);
}

async function passAnswerOn(proxied: ProxiedRequest, signal: AbortSignal): Promise<Outcome<void>> {
  const answer = await askUpstream(proxied, signal);
  if (!answer.ok) return answer;
  proxied.response.writeHead(200, pickAnswerHeaders(answer.value.headers));
  try {
    await pipeline(answer.value.body, proxied.response);
    return succeeded(undefined);
  } catch {
    return failed('repositoryUnreachable', 'The connection broke before everything was there.');
  }
}

/** Follows redirects to where the repository is now. */
async function askUpstream(proxied: ProxiedRequest, signal: AbortSignal): Promise<Outcome<UpstreamAnswer>> {
  const { grant, gitRequest, request, upstream } = proxied;
  const asked = grant.describe(gitRequest);
  for (let redirects = 0; redirects <= gitRedirectsMax; redirects++) {
    const url = grant.urlOf(gitRequest);
    const headers = pickRequestHeaders(request.headers, grant.credentials);
    const body = gitRequest.method === 'POST' ? request : undefined;
    const answer = await upstream.ask({ url, method: gitRequest.method, headers, body, signal });
    if (!answer.ok) return answer;
    const verdict = isRedirect(answer.value)
      ? findNewLocation(answer.value, url, asked)
      : judgeAnswer(answer.value, asked);
    if (verdict.ok && !verdict.value) return answer;
    answer.value.body.destroy();
    if (!verdict.ok) return verdict;
    if (verdict.value) grant.moveTo(verdict.value);
  }
  return failed('repositoryUnreachable', `${asked.host} sends git from one path to the next, without end.`);
}

/**
 * Answers with a sentence that git shows as `remote: …`; an answer under way can only be cut. The connection stays open for
 * what the client still sends, so that it gets to read the answer.
 */
export function refuseGitRequest(response: ServerResponse, status: number, sentence: string): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  const body = Buffer.from(`${sentence}\n`);
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'content-length': body.length }).end(body);
}
