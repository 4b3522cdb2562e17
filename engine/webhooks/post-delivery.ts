// One try of a delivery: a signed request, and nothing more of its answer than the status and a few kilobytes.
import { Readable } from 'node:stream';
import { Webhook } from 'standardwebhooks';
import type { Upstream } from '../../sandbox/git/upstream.ts';
import type { UpstreamAnswer } from '../../sandbox/git/upstream-request.ts';
import { quickMsMax } from './pace.ts';
import type { Target } from './target.ts';

/** All of a try, from the name's resolution to the end of the answer; receivers should answer first and work then. */
const attemptTimeoutMs = 10_000;
/** Read of an answer, so that small ones end as their servers expect. */
const answerBytesMax = 4 * 1024;

export type Attempt = {
  target: Target;
  secret: string;
  eventId: string;
  body: string;
  nowMs: number;
  /** Ends it: the engine ends. */
  ending: AbortSignal;
};

/** `status`: what was answered, where something was. */
type Judged = { kind: 'taken'; status: number } | { kind: 'failed'; status: number | null; problem: string };
/** `isQuick`: it took a moment, whatever it has come to. `cut`: nobody knows whether it was taken. */
export type Result = (Judged & { isQuick: boolean }) | { kind: 'cut' };

export async function postDelivery(upstream: Pick<Upstream, 'ask'>, attempt: Attempt): Promise<Result> {
  const startedMs = performance.now();
  const judged = await tryOnce(upstream, attempt);
  return judged ? { ...judged, isQuick: performance.now() - startedMs <= quickMsMax } : { kind: 'cut' };
}

/** @returns undefined where the engine has ended it */
async function tryOnce(upstream: Pick<Upstream, 'ask'>, attempt: Attempt): Promise<Judged | undefined> {
  const { target, body, ending } = attempt;
  const late = AbortSignal.timeout(attemptTimeoutMs);
  const signal = AbortSignal.any([late, ending]);
  const content = Buffer.from(body);
  const answer = await upstream.ask({
    url: target.url,
    method: 'POST',
    headers: { ...headersOf(attempt), 'content-length': content.length },
    body: Readable.from([content], { objectMode: false }),
    signal,
  });
  if (answer.ok) {
    await readBriefly(answer.value);
    return judge(answer.value.statusCode, target.url.host);
  }
  if (ending.aborted) return undefined;
  const problem = late.aborted
    ? `${target.url.host} did not answer in ${attemptTimeoutMs / 1_000} s.`
    : answer.failure.detail;
  return { kind: 'failed', status: null, problem };
}

function headersOf({ target, secret, eventId, body, nowMs }: Attempt): Record<string, string> {
  return {
    'content-type': 'application/json',
    'user-agent': 'lucid-engine-webhooks',
    'webhook-id': eventId,
    'webhook-timestamp': String(Math.floor(nowMs / 1_000)),
    'webhook-signature': new Webhook(secret).sign(eventId, new Date(nowMs), body),
    ...(target.authorization !== undefined && { authorization: target.authorization }),
  };
}

function judge(status: number, host: string): Judged {
  if (status >= 200 && status < 300) return { kind: 'taken', status };
  const problem =
    status >= 300 && status < 400
      ? `${host} answered ${status}: redirects are not followed.`
      : `${host} answered ${status}.`;
  return { kind: 'failed', status, problem };
}

/** The status has decided: whatever the body does, it is left after a few kilobytes. */
async function readBriefly({ body }: UpstreamAnswer): Promise<void> {
  let bytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > answerBytesMax) break; // Which destroys it.
    }
  } catch {
    // Cut, or late: the status has come before.
  }
}
