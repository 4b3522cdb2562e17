// The client: calls over REST, and sessions that are followed over WebSocket.
import { LucidError } from './lucid-error.ts';
import { type ClientOptions, type Settings, settle } from './options.ts';
import { makeCall } from './rest/call.ts';
import type { BodyOf, CallOptions } from './rest/call-types.ts';
import { type Methods, makeMethods } from './rest/methods.ts';
import type { Position } from './session/frames.ts';
import { Session } from './session/session.ts';
import { TokenSource } from './token-source.ts';

export type NewSession = Omit<BodyOf<'createSession'>, 'autoStart'>;

/** What a client has kept of a session that it followed before; without a position it hears all of it. */
export type AttachOptions = { epoch?: number; lastSequence?: number };

export type Lucid = Methods & {
  /** Makes a session and follows it. It is made once, however often the request has to be sent. */
  open(asked: NewSession, options?: CallOptions): Promise<Session>;
  /** Follows a session that is there, from its first event or from a position on. */
  attach(sessionId: string, from?: AttachOptions): Session;
};

export function createClient(options: ClientOptions): Lucid {
  const settings = settle(options);
  if (options.cookie) checkOrigin(settings);
  const tokens = new TokenSource(options.token, settings.bounds.connectTimeoutMs);
  const methods = makeMethods(makeCall(settings, tokens));
  const attach = (sessionId: string, position?: Position) =>
    new Session({ settings: withSocket(settings, options), tokens }, sessionId, position);
  return {
    ...methods,
    open: async (asked, callOptions) => {
      withSocket(settings, options); // Before a session is made that couldn't be followed.
      const { sessionId } = await methods.sessions.create({ ...asked, autoStart: true }, callOptions);
      return attach(sessionId);
    },
    attach: (sessionId, { epoch = 0, lastSequence = 0 } = {}) => attach(sessionId, { epoch, sequence: lastSequence }),
  };
}

/** @throws LucidError `noToken` in pages whose cookie wouldn't count */
function checkOrigin({ baseUrl, pageOrigin }: Settings): void {
  if (pageOrigin === undefined || pageOrigin === baseUrl.origin) return;
  throw new LucidError(
    'noToken',
    `The cookie of ${baseUrl.origin} counts in its own pages only, and this one is of ${pageOrigin}: give a token.`,
  );
}

/** @throws LucidError `noWebSocket` where sessions can't be followed */
function withSocket({ WebSocket, ...settings }: Settings, { token, cookie }: ClientOptions) {
  if (!WebSocket)
    throw new LucidError(
      'noWebSocket',
      'There is no WebSocket here: use Node 22 or later, or hand one in, as in createClient({ WebSocket }) with that of `ws`.',
    );
  if (token === undefined && cookie !== true)
    throw new LucidError('noToken', 'Sessions are followed with a token; `userId` is believed over REST only.');
  return { ...settings, WebSocket };
}
