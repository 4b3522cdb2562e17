// WebSockets on uWebSockets.js: upgrade, frames in and out, back-pressure, and the close of those who don't read.
import type {
  HttpRequest,
  HttpResponse,
  TemplatedApp,
  us_socket_context_t,
  WebSocket,
  WebSocketBehavior,
} from 'uWebSockets.js';
import { AttachQuery, noAttachQuery } from '../../schema/command.ts';
import { errors, type Failure, failed, goingAway, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { everything, pickSubprotocol } from '../../schema/protocol/additions.ts';
import { validate } from '../../schema/validate.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Principal } from '../sessions/access.ts';
import type { Frame } from '../sessions/directory.ts';
import { AnonymousConnections } from './anonymous-connections.ts';
import type { Audit, AuditedAct, AuditedOutcome } from './audit.ts';
import { Connection, type ConnectionDependencies } from './connection.ts';
import { type FrameQueue, FrameTurns, makeFrameQueue } from './frame-turns.ts';
import type { HostAndOriginCheck } from './host-and-origin-check.ts';
import { peerAddressOf } from './peer.ts';
import { parseQuery, readHeaders } from './request.ts';
import { convertThrown } from './thrown.ts';
import type { Wire } from './wire.ts';

/** What uWebSockets.js reads at most before it cuts the socket itself; between the two we answer in words. */
export const frameBytesHardMax = 4 * 1024 * 1024;
/** A frame of somebody who hasn't said who it is: a task and a token fit many times. */
export const anonymousFrameBytesMax = 16 * 1024;
/** Bytes waiting for one socket that does not read; beyond, it is closed and resumes from its position. */
const socketPendingBytesMax = 1024 * 1024;
/** How long a client that says its task again waits to hear whether the one before it is still there: some round trips. */
const answerTimeoutMs = 1_500;

export type SocketDependencies = ConnectionDependencies & {
  log: Log;
  audit: Audit;
  metrics: Metrics;
  sockets: OpenConnections;
  socketsMax: number;
  /** How long a socket may be silent before it is asked whether it is there. */
  pingIntervalSeconds: number;
};

/** What a socket carries: what its URL said, and its client once it is open. */
type SocketData = {
  principal: Outcome<Principal | undefined>;
  query: Outcome<AttachQuery>;
  /** Ours, where the client has offered it: it wants to hear all that there is. */
  protocol: string | undefined;
  connection: Connection | undefined;
  wire: SocketWire | undefined;
  queue: FrameQueue | undefined;
  caller: Peer;
};

/** Who opened it, as far as the connection tells. */
type Peer = {
  address: string;
  forwardedFor: string;
  /** Whether it comes from this machine, and from no page of an origin that isn't named. */
  isNear: boolean;
};

type Dependencies = SocketDependencies & {
  door: HostAndOriginCheck;
  turns: FrameTurns;
  anonymous: AnonymousConnections;
};

type Socket = WebSocket<SocketData>;

/** All open sockets, so that a drain can say goodbye to each. */
export type OpenConnections = Set<Connection>;

const path = '/api/v1/ws';
const anyPath = '/api/v1/:name';

/**
 * Two behaviours for one path, since uWebSockets.js bounds an unfinished frame by its behaviour alone: who brings no token is
 * held to less. The second pattern sees what the first one passes on, and everything else with a name as short.
 */
export function addWebSocket(app: TemplatedApp, given: SocketDependencies & { door: HostAndOriginCheck }): void {
  const parts: Dependencies = { ...given, turns: new FrameTurns(), anonymous: new AnonymousConnections() };
  const behaviour = (
    maxPayloadLength: number,
    isMeant: (req: HttpRequest) => boolean,
  ): WebSocketBehavior<SocketData> => ({
    maxPayloadLength,
    maxBackpressure: 2 * socketPendingBytesMax,
    idleTimeout: parts.pingIntervalSeconds + patienceSeconds(parts.pingIntervalSeconds),
    sendPingsAutomatically: true,
    upgrade: (res, req, context) => {
      if (isMeant(req)) void upgrade(res, req, context, parts);
      else req.setYield(true);
    },
    open: (socket) => openConnection(socket, parts),
    message: (socket, message, isBinary) => receiveMessage(socket, message, isBinary, parts),
    drain: (socket) => socket.getUserData().wire?.resumeWaiting(),
    pong: (socket) => receivePong(socket, parts),
    close: (socket) => closeConnection(socket, parts),
  });
  app.ws(
    path,
    behaviour(limits.frameBytesMax, (req) => !hasToken(req)),
  );
  app.ws(
    anyPath,
    behaviour(frameBytesHardMax, (req) => req.getUrl() === path),
  );
}

/** Any token: one that isn't good is refused before it can hold anything. */
const hasToken = (req: HttpRequest): boolean =>
  findToken(parseQuery(req.getQuery() ?? ''), req.getHeader('authorization')) !== '';

function findToken(query: Outcome<Record<string, string>>, authorization: string): string {
  const inQuery = query.ok ? query.value.token : undefined;
  return inQuery || (/^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '');
}

/** What uWebSockets.js takes off `idleTimeout` for the time of its ping: 4, 8 or 16 s, so that an answer can come. */
const patienceSeconds = (intervalSeconds: number): number => {
  if (intervalSeconds >= 16) return 16;
  return intervalSeconds >= 8 ? 8 : 4;
};

/** Always upgrades: a browser's page can read a close code, but not the status of a refused upgrade. */
async function upgrade(res: HttpResponse, req: HttpRequest, context: us_socket_context_t, parts: Dependencies) {
  let isAborted = false;
  res.onAborted(() => {
    isAborted = true;
  });
  const key = req.getHeader('sec-websocket-key');
  const protocol = pickSubprotocol(req.getHeader('sec-websocket-protocol'));
  const extensions = req.getHeader('sec-websocket-extensions');
  const headers = readHeaders(req);
  const query = parseQuery(req.getQuery() ?? '');
  const { door, auth } = parts;
  const address = peerAddressOf(res);
  const { forwardedFor } = headers;
  const isNear = auth.isNearnessNeeded && door.isNear(headers, address);
  const unwanted = door.findRefusal(headers, false); // A page may open a WebSocket to any host there is.
  const token = findToken(query, headers.authorization);
  const principal = unwanted ? { ok: false as const, failure: unwanted } : await verifyToken(token, isNear, parts);
  if (isAborted) return;
  const data: SocketData = {
    principal,
    query: query.ok ? validate(AttachQuery, query.value) : query,
    protocol,
    connection: undefined,
    wire: undefined,
    queue: undefined,
    caller: { address, forwardedFor, isNear },
  };
  res.cork(() => res.upgrade(data, key, protocol ?? '', extensions, context));
}

async function verifyToken(
  token: string,
  isNear: boolean,
  parts: SocketDependencies,
): Promise<Outcome<Principal | undefined>> {
  if (token === '') return succeeded(undefined);
  return parts.auth.verifyToken(token, isNear).catch((error) => convertThrown(error, parts.log, 'upgrade'));
}

function openConnection(socket: Socket, parts: Dependencies): void {
  const data = socket.getUserData();
  const wire = new SocketWire(socket, parts, data.caller);
  data.wire = wire;
  parts.metrics.sockets++;
  const refusal = findRefusal(data, parts);
  const principal = data.principal.ok ? data.principal.value : undefined;
  const client = new Connection(parts, wire, refusal ? undefined : principal, attachQueryOf(data));
  data.connection = client;
  data.queue = makeFrameQueue({
    receiveFrame: (text) => client.receiveFrame(text),
    sendTogether: (work) => wire.sendTogether(work),
  });
  parts.sockets.add(client);
  wire.onIdentified = () => parts.anonymous.delete(client);
  if (refusal) client.refuse(refusal);
  else if (!principal) parts.anonymous.add(client);
}

const attachQueryOf = ({ query: asked, protocol }: SocketData): AttachQuery => {
  const query = asked.ok ? asked.value : noAttachQuery;
  return protocol === undefined ? query : { ...query, features: everything };
};

function findRefusal({ principal, query: asked }: SocketData, parts: SocketDependencies): Failure | undefined {
  if (parts.sessions.isDraining) return goingAway.failure;
  if (parts.metrics.sockets > parts.socketsMax)
    return failed('overloaded', 'Too many clients are connected.', { retryAfterMs: 5_000 }).failure;
  if (!principal.ok) return principal.failure;
  return asked.ok ? undefined : { ...asked.failure, code: 'badFirstMessage' };
}

function receiveMessage(
  socket: Socket,
  message: ArrayBuffer,
  isBinary: boolean,
  { turns, anonymous }: Dependencies,
): void {
  const { connection: client, queue: line, wire } = socket.getUserData();
  if (!client || !line || !wire || wire.isClosing) return;
  const bytesMax = anonymous.has(client) ? anonymousFrameBytesMax : limits.frameBytesMax;
  if (isBinary) return client.refuse(failed('badFrame', 'Frames must be text.').failure);
  if (message.byteLength > bytesMax) return client.refuse(frameTooLarge(bytesMax));
  const text = Buffer.from(message).toString('utf8'); // Decoded here: uWebSockets.js reuses the memory.
  if (!turns.offer(line, text, message.byteLength)) endFlood(client, wire);
}

function receivePong(socket: Socket, { turns }: Dependencies): void {
  const { connection: client, queue: line, wire } = socket.getUserData();
  if (!client || !line || !wire || wire.isClosing) return;
  if (turns.count(line)) wire.settlePing(true);
  else endFlood(client, wire);
}

/** What else has come of it is not even looked at. */
function endFlood(client: Connection, wire: SocketWire): void {
  client.refuse(failed('overloaded', 'Too many frames at once.', { retryAfterMs: 1_000 }).failure);
  wire.closeNow();
}

const frameTooLarge = (bytesMax: number): Failure => {
  const detail = `A frame holds at most ${bytesMax} bytes`;
  const isKnown = bytesMax === limits.frameBytesMax;
  return failed('badFrame', isKnown ? `${detail}.` : `${detail} until its sender has said who it is.`).failure;
};

function closeConnection(socket: Socket, parts: Dependencies): void {
  const { connection: client, queue: line, wire } = socket.getUserData();
  wire?.markClosed();
  client?.detach();
  parts.metrics.sockets--;
  if (line) parts.turns.drop(line);
  if (!client) return;
  parts.sockets.delete(client);
  parts.anonymous.delete(client);
}

/** The way out to one socket: bounded, and honest when it is full. */
class SocketWire implements Wire {
  readonly #socket: Socket;
  readonly #dependencies: SocketDependencies;
  readonly #caller: Peer;
  #isOpen = true;
  #closing: { code: number; reason: string } | undefined;
  /** Hears that its client has said who it is. */
  onIdentified: () => void = () => undefined;
  #waiting: ((isOpen: boolean) => void)[] = [];
  /** Set while an answer to a ping is waited for. */
  #pendingPing: { answer: PromiseWithResolvers<boolean>; timer: NodeJS.Timeout } | undefined;

  constructor(socket: Socket, parts: SocketDependencies, caller: Peer) {
    this.#caller = caller;
    this.#socket = socket;
    this.#dependencies = parts;
  }

  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  get isNear(): boolean {
    return this.#caller.isNear;
  }

  audit(deed: AuditedAct | 'connect', user: string | undefined, ending: AuditedOutcome): void {
    const { address, forwardedFor } = this.#caller;
    const visitor = { user, address, forwardedFor };
    if (deed === 'connect') this.#dependencies.audit.logRefusal(path, visitor, ending);
    else this.#dependencies.audit.logAct(deed, visitor, ending);
  }

  send(frames: readonly Frame[]): void {
    if (!this.#isOpen || this.isClosing || frames.length === 0) return;
    this.#dependencies.metrics.countFrames(frames.length);
    this.#socket.cork(() => {
      for (const frame of frames) this.#socket.send(frame, false);
    });
    if (this.#socket.getBufferedAmount() > socketPendingBytesMax) this.#closeTooSlow();
  }

  /** Half of what may be pending is room enough; a page of history fits into the other half. */
  async waitForRoom(): Promise<boolean> {
    while (this.#isOpen && this.#socket.getBufferedAmount() > socketPendingBytesMax / 2)
      await new Promise<boolean>((resolve) => this.#waiting.push(resolve));
    return this.#isOpen;
  }

  close(code: number, reason: string): void {
    if (!this.#isOpen || this.isClosing) return;
    this.#closing = { code, reason };
    // Not at once: within `open` behind an upgrade that waited, uWebSockets.js would let go of the connection seconds later.
    setImmediate(() => this.closeNow());
  }

  /** What was begun by `close`; not within `open`. A client that never reads it is cut after 12 s or so. */
  closeNow(): void {
    if (this.#isOpen && this.#closing) this.#socket.end(this.#closing.code, this.#closing.reason);
  }

  markIdentified(): void {
    this.onIdentified();
  }

  /** What is sent meanwhile leaves in as few packets as may be. */
  sendTogether(work: () => void): void {
    if (this.#isOpen) this.#socket.cork(work);
  }

  ping(): Promise<boolean> {
    if (!this.#isOpen || this.isClosing) return Promise.resolve(false);
    if (!this.#pendingPing) {
      const timer = setTimeout(() => this.settlePing(false), answerTimeoutMs);
      this.#pendingPing = { answer: Promise.withResolvers(), timer };
      this.#socket.ping();
    }
    return this.#pendingPing.answer.promise;
  }

  settlePing(isThere: boolean): void {
    clearTimeout(this.#pendingPing?.timer);
    this.#pendingPing?.answer.resolve(isThere);
    this.#pendingPing = undefined;
  }

  convertThrown(error: unknown): Failure {
    return convertThrown(error, this.#dependencies.log, 'socket').failure;
  }

  resumeWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve(this.#isOpen);
  }

  markClosed(): void {
    this.#isOpen = false;
    this.resumeWaiting();
    this.settlePing(false);
  }

  /** Its memory is bounded: the client gets a close code behind what waits, and resumes from its position. */
  #closeTooSlow(): void {
    this.#dependencies.metrics.countSlowClose();
    this.#dependencies.log.warn('socket.closedSlow', { pendingBytes: this.#socket.getBufferedAmount() });
    this.#socket.getUserData().connection?.detach();
    this.close(errors.tooSlow.close, errors.tooSlow.title);
  }
}
