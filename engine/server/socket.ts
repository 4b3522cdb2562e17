// WebSockets on uWebSockets.js: the upgrade, frames of clients, floods and the close.
import type {
  HttpRequest,
  HttpResponse,
  TemplatedApp,
  us_socket_context_t,
  WebSocket,
  WebSocketBehavior,
} from 'uWebSockets.js';
import { type Failure, failed, goingAway, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { everything, pickSubprotocol } from '../../schema/protocol/additions.ts';
import { AttachQuery, noAttachQuery, webSocketPath } from '../../schema/protocol/client-frames/attach-query.ts';
import { validate } from '../../schema/validate.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Principal } from '../sessions/access.ts';
import { AnonymousConnections } from './anonymous-connections.ts';
import type { Audit } from './audit.ts';
import { Connection, type ConnectionDependencies } from './connection.ts';
import { type FrameQueue, FrameTurns, makeFrameQueue } from './frame-turns.ts';
import type { HostAndOriginCheck } from './host-and-origin-check.ts';
import { type OpenConnections, tooManyClients } from './open-connections.ts';
import { peerAddressOf } from './peer.ts';
import { parseQuery, readHeaders } from './request.ts';
import { type Peer, SocketWire } from './socket-wire.ts';
import { convertThrown } from './thrown.ts';
import { pendingBytesMax } from './wire.ts';

/** Bytes of a frame at which uWebSockets.js cuts the socket itself; a frame between `limits.frameBytesMax` and this is refused in words. */
export const frameBytesHardMax = 4 * 1024 * 1024;
/** Bytes of a frame of a client that hasn't said who it is: a task and a token fit many times. */
export const anonymousFrameBytesMax = 16 * 1024;

export type SocketDependencies = ConnectionDependencies & {
  log: Log;
  audit: Audit;
  metrics: Metrics;
  connections: OpenConnections;
  socketsMax: number;
  /** How long a socket may be silent before it is pinged. */
  pingIntervalSeconds: number;
};

/** What uWebSockets.js keeps for a socket; the connection, wire and queue are there once it is open. */
type SocketData = {
  principal: Outcome<Principal | undefined>;
  query: Outcome<AttachQuery>;
  /** The engine's own subprotocol where the client has offered it, by which it asks for all additions. */
  protocol: string | undefined;
  connection: Connection | undefined;
  wire: SocketWire<SocketData> | undefined;
  queue: FrameQueue | undefined;
  peer: Peer;
};

type Dependencies = SocketDependencies & {
  hostAndOriginCheck: HostAndOriginCheck;
  turns: FrameTurns;
  anonymous: AnonymousConnections;
};

type Socket = WebSocket<SocketData>;

const anyPath = '/api/v1/:name';

/**
 * One path has two behaviours, since uWebSockets.js bounds an unfinished frame by its behaviour alone: a client without a
 * token may send less. The second pattern gets what the first one yields, and every other name at its depth.
 */
export function addWebSocket(
  app: TemplatedApp,
  given: SocketDependencies & { hostAndOriginCheck: HostAndOriginCheck },
): void {
  const dependencies: Dependencies = { ...given, turns: new FrameTurns(), anonymous: new AnonymousConnections() };
  const behaviour = (
    maxPayloadLength: number,
    isMeant: (req: HttpRequest) => boolean,
  ): WebSocketBehavior<SocketData> => ({
    maxPayloadLength,
    maxBackpressure: 2 * pendingBytesMax,
    idleTimeout: dependencies.pingIntervalSeconds + choosePingAnswerSeconds(dependencies.pingIntervalSeconds),
    sendPingsAutomatically: true,
    upgrade: (res, req, context) => {
      if (isMeant(req)) void upgrade(res, req, context, dependencies);
      else req.setYield(true);
    },
    open: (socket) => openConnection(socket, dependencies),
    message: (socket, message, isBinary) => receiveMessage(socket, message, isBinary, dependencies),
    drain: (socket) => socket.getUserData().wire?.resumeWaiting(),
    pong: (socket) => receivePong(socket, dependencies),
    close: (socket) => closeConnection(socket, dependencies),
  });
  app.ws(
    webSocketPath,
    behaviour(limits.frameBytesMax, (req) => !hasToken(req)),
  );
  app.ws(
    anyPath,
    behaviour(frameBytesHardMax, (req) => req.getUrl() === webSocketPath),
  );
}

/** Any token counts here, since a wrong one is refused before its client can send anything. */
function hasToken(req: HttpRequest): boolean {
  const token = findToken(parseQuery(req.getQuery() ?? ''), req.getHeader('authorization'));
  return token.ok && token.value !== '';
}

/** Two tokens may be those of two users, of whom a proxy would believe the other. */
function findToken(query: Outcome<Record<string, string>>, authorization: string): Outcome<string> {
  const inQuery = (query.ok && query.value.token) || '';
  const inHeader = /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '';
  if (inQuery !== '' && inHeader !== '' && inQuery !== inHeader)
    return failed('notAuthenticated', 'The token in the URL and that in the header Authorization are not the same.');
  return succeeded(inQuery || inHeader);
}

/** uWebSockets.js pings so long before `idleTimeout` ends, so that an answer can come: 4, 8 or 16 s. */
const choosePingAnswerSeconds = (intervalSeconds: number): number => {
  if (intervalSeconds >= 16) return 16;
  return intervalSeconds >= 8 ? 8 : 4;
};

/** Refused clients are upgraded too, since a page can read a close code but not the status of a refused upgrade. */
async function upgrade(res: HttpResponse, req: HttpRequest, context: us_socket_context_t, dependencies: Dependencies) {
  let isAborted = false;
  res.onAborted(() => {
    isAborted = true;
  });
  const key = req.getHeader('sec-websocket-key');
  const protocol = pickSubprotocol(req.getHeader('sec-websocket-protocol'));
  const extensions = req.getHeader('sec-websocket-extensions');
  const headers = readHeaders(req);
  const query = parseQuery(req.getQuery() ?? '');
  const { hostAndOriginCheck, auth } = dependencies;
  const address = peerAddressOf(res);
  const { forwardedFor, host, origin, fetchSite, cookie } = headers;
  const isNear = auth.isNearnessNeeded && hostAndOriginCheck.isNear(headers, address);
  const refusal = hostAndOriginCheck.findRefusal(headers, false); // Browsers let a page open a WebSocket to any host.
  const token = findToken(query, headers.authorization);
  const principal = refusal ? { ok: false as const, failure: refusal } : await verifyToken(token, isNear, dependencies);
  if (isAborted) return;
  const data: SocketData = {
    principal,
    query: query.ok ? validate(AttachQuery, query.value) : query,
    protocol,
    connection: undefined,
    wire: undefined,
    queue: undefined,
    peer: { address, forwardedFor, isNear, page: cookie === '' ? noPage : { host, origin, fetchSite, cookie } },
  };
  res.cork(() => res.upgrade(data, key, protocol ?? '', extensions, context));
}

/** Of a socket by which nobody can be signed in; most are such. */
const noPage = { host: '', origin: '', fetchSite: '', cookie: '' };

async function verifyToken(
  token: Outcome<string>,
  isNear: boolean,
  dependencies: SocketDependencies,
): Promise<Outcome<Principal | undefined>> {
  if (!token.ok) return token;
  if (token.value === '') return succeeded(undefined);
  return dependencies.auth
    .verifyToken(token.value, isNear)
    .catch((error) => convertThrown(error, dependencies.log, 'upgrade'));
}

function openConnection(socket: Socket, dependencies: Dependencies): void {
  const data = socket.getUserData();
  const query = attachQueryOf(data);
  const wire = new SocketWire(socket, dependencies, data.peer);
  data.wire = wire;
  dependencies.metrics.sockets++;
  const refusal = findRefusal(data, dependencies);
  const principal = data.principal.ok ? data.principal.value : undefined;
  const connection = new Connection(dependencies, wire, refusal ? undefined : principal, query);
  data.connection = connection;
  data.queue = makeFrameQueue({
    receiveFrame: (text) => connection.receiveFrame(text),
    sendTogether: (work) => wire.sendTogether(work),
  });
  dependencies.connections.add(connection);
  wire.start({ onIdentified: () => dependencies.anonymous.delete(connection), onTooSlow: () => connection.detach() });
  connection.start();
  if (refusal) connection.refuse(refusal);
  else if (!principal) dependencies.anonymous.add(connection);
}

const attachQueryOf = ({ query, protocol }: SocketData): AttachQuery => {
  const asked = query.ok ? query.value : noAttachQuery;
  return protocol === undefined ? asked : { ...asked, features: everything };
};

function findRefusal({ principal, query }: SocketData, dependencies: SocketDependencies): Failure | undefined {
  if (dependencies.sessions.isDraining) return goingAway.failure;
  if (dependencies.metrics.sockets > dependencies.socketsMax) return tooManyClients;
  if (!principal.ok) return principal.failure;
  return query.ok ? undefined : { ...query.failure, code: 'badFirstMessage' };
}

function receiveMessage(
  socket: Socket,
  message: ArrayBuffer,
  isBinary: boolean,
  { turns, anonymous }: Dependencies,
): void {
  const { connection, queue, wire } = socket.getUserData();
  if (!connection || !queue || !wire || wire.isClosing) return;
  const bytesMax = anonymous.has(connection) ? anonymousFrameBytesMax : limits.frameBytesMax;
  if (isBinary) return connection.refuse(failed('badFrame', 'Frames must be text.').failure);
  if (message.byteLength > bytesMax) return connection.refuse(makeFrameTooLargeFailure(bytesMax));
  const text = Buffer.from(message).toString('utf8'); // The text is decoded here, since uWebSockets.js reuses the memory.
  if (!turns.offer(queue, text, message.byteLength)) endFlood(connection, wire);
}

function receivePong(socket: Socket, { turns }: Dependencies): void {
  const { connection, queue, wire } = socket.getUserData();
  if (!connection || !queue || !wire || wire.isClosing) return;
  if (turns.count(queue)) wire.settlePing(true);
  else endFlood(connection, wire);
}

/** The close is at once, so that frames that have come already are not read. */
function endFlood(connection: Connection, wire: SocketWire<SocketData>): void {
  connection.refuse(failed('overloaded', 'Too many frames at once.', { retryAfterMs: 1_000 }).failure);
  wire.closeNow();
}

const makeFrameTooLargeFailure = (bytesMax: number): Failure => {
  const detail = `A frame holds at most ${bytesMax} bytes`;
  const isKnown = bytesMax === limits.frameBytesMax;
  return failed('badFrame', isKnown ? `${detail}.` : `${detail} until its sender has said who it is.`).failure;
};

function closeConnection(socket: Socket, dependencies: Dependencies): void {
  const { connection, queue, wire } = socket.getUserData();
  wire?.markClosed();
  connection?.detach();
  dependencies.metrics.sockets--;
  if (queue) dependencies.turns.drop(queue);
  if (!connection) return;
  dependencies.connections.delete(connection);
  dependencies.anonymous.delete(connection);
}
