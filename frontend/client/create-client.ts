// The client: calls over REST, and sessions that are followed.
import { LucidError } from './lucid-error.ts';
import { type ClientOptions, type Settings, settle } from './options.ts';
import { makeCall } from './rest/call.ts';
import type { BodyOf, CallOptions } from './rest/call-types.ts';
import { type Methods, makeMethods } from './rest/methods.ts';
import type { Position } from './session/frames.ts';
import { noWebSocket, Session } from './session/session.ts';
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
  const attach = (sessionId: string, position?: Position) => {
    checkToken(options);
    return new Session({ settings, tokens }, sessionId, position);
  };
  return {
    ...methods,
    open: async (asked, callOptions) => {
      checkToken(options); // Before a session is made that couldn't be followed.
      if (!settings.WebSocket) throw noWebSocket();
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

/** @throws LucidError `noToken` where sessions can't be followed */
function checkToken({ token, cookie }: ClientOptions): void {
  if (token === undefined && cookie !== true)
    throw new LucidError('noToken', 'Sessions are followed with a token; `userId` is believed over REST only.');
}
