// Tries the two ways on which events come: a WebSocket, and a stream over HTTP, each through whatever stands before the engine.

import { everythingSubprotocol } from '../../../schema/protocol/additions.ts';
import { webSocketPath } from '../../../schema/protocol/client-frames/attach-query.ts';
import { eventStreamType } from '../../../schema/protocol/event-stream.ts';
import type { SocketConstructor } from '../../client/index.ts';
import { escapeLine } from '../show/escape-text.ts';
import type { Finding } from './finding.ts';

/** How long a first frame may take. */
const firstFrameTimeoutMs = 5_000;

const upgradeMend = 'let the proxy pass the headers Upgrade and Connection, and Sec-WebSocket-Protocol';

type Heard =
  | { kind: 'frame' }
  | { kind: 'closed'; code: number; wasOpen: boolean }
  | { kind: 'silent'; wasOpen: boolean };

/** Says something that the engine can't take, since a task would begin a session: its refusal shows that frames pass. */
export async function checkWebSocket(baseUrl: string, WebSocket: SocketConstructor): Promise<Finding> {
  const about = 'WebSocket';
  const url = `${baseUrl.replace(/^http/, 'ws')}${webSocketPath}`;
  let protocol = '';
  const heard = await new Promise<Heard>((resolve) => {
    let wasOpen = false;
    const socket = new WebSocket(url, [everythingSubprotocol]);
    const finish = (end: Heard) => {
      clearTimeout(timer);
      resolve(end);
      if (end.kind !== 'closed') socket.close();
    };
    const timer = setTimeout(() => finish({ kind: 'silent', wasOpen }), firstFrameTimeoutMs);
    socket.onopen = () => {
      wasOpen = true;
      protocol = socket.protocol;
      socket.send('{}');
    };
    socket.onmessage = () => finish({ kind: 'frame' });
    socket.onerror = () => undefined; // `close` follows.
    socket.onclose = ({ code }: { code: number }) => finish({ kind: 'closed', code, wasOpen });
  });
  const wasOpen = heard.kind === 'frame' || heard.wasOpen;
  if (!wasOpen) return { about, verdict: 'fail', found: `none could be opened at ${url}`, mend: upgradeMend };
  if (protocol !== everythingSubprotocol)
    return { about, verdict: 'fail', found: `opened without ${everythingSubprotocol}`, mend: upgradeMend };
  if (heard.kind !== 'frame')
    return {
      about,
      verdict: 'fail',
      found: 'opened, and no frame came back',
      mend: 'let the proxy pass frames as they come',
    };
  return { about, verdict: 'ok', found: `opens and answers, with ${everythingSubprotocol}` };
}

export type StreamAsked = { baseUrl: string; token: string; sessionId: string };

/** Follows a session of the caller as server-sent events until the first of them. */
export async function checkEventStream({ baseUrl, token, sessionId }: StreamAsked): Promise<Finding> {
  const about = 'SSE';
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), firstFrameTimeoutMs);
  try {
    const answer = await fetch(`${baseUrl}/api/v1/sessions/${encodeURIComponent(sessionId)}/events`, {
      headers: { Accept: eventStreamType, Authorization: `Bearer ${token}` },
      signal: ending.signal,
    });
    if (answer.status === 204) return { about, verdict: 'ok', found: 'answers; the session that was tried has ended' };
    if (answer.status !== 200)
      return {
        about,
        verdict: 'fail',
        found: `answers ${answer.status}`,
        mend: 'see that the proxy passes GET with Accept: text/event-stream',
      };
    const first = await answer.body?.getReader().read();
    if (first?.value?.length) return { about, verdict: 'ok', found: 'events come as they are written' };
    return { about, verdict: 'fail', found: 'ended without an event', mend: 'see that the proxy keeps streams open' };
  } catch (error) {
    if (!ending.signal.aborted)
      return { about, verdict: 'fail', found: escapeLine(String(error)), mend: 'see that the proxy passes streams' };
    return {
      about,
      verdict: 'fail',
      found: `no event came within ${firstFrameTimeoutMs / 1_000} s`,
      mend: 'switch buffering off in the proxy, in nginx with proxy_buffering off',
    };
  } finally {
    clearTimeout(timer);
    ending.abort();
  }
}
