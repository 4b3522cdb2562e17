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
import { everything, protocolOf } from '../../schema/protocol.ts';
import { validate } from '../../schema/validate.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Principal } from '../sessions/access.ts';
import type { Frame } from '../sessions/directory.ts';
import { Anonymous } from './anonymous.ts';
import type { Audit, Deed, Ending } from './audit.ts';
import { Client, type ClientParts } from './client.ts';
import type { Door } from './door.ts';
import { FrameTurns, type Line, lineOf } from './frame-turns.ts';
import { addressOf } from './peer.ts';
import { parseQuery, readHeaders } from './request.ts';
import { convertThrown } from './thrown.ts';
import type { Wire } from './wire.ts';

export type SocketParts = ClientParts & {
  log: Log;
  audit: Audit;
  metrics: Metrics;
  sockets: OpenSockets;
  socketsMax: number;
  /** How long a socket may be silent before it is asked whether it is there. */
  pingIntervalSeconds: number;
};

/** What a socket carries: what its URL said, and its client once it is open. */
type SocketData = {
  principal: Outcome<Principal | undefined>;
  asked: Outcome<AttachQuery>;
  /** Ours, where the client has offered it: it wants to hear all that there is. */
  protocol: string | undefined;
  client: Client | undefined;
  wire: SocketWire | undefined;
  line: Line | undefined;
  caller: Caller;
};

/** Who opened it, as far as the connection tells. */
type Caller = {
  address: string;
  forwardedFor: string;
  /** Whether it comes from this machine, and from no page of an origin that isn't named. */
  isNear: boolean;
};

type Parts = SocketParts & { door: Door; turns: FrameTurns; anonymous: Anonymous };

type Socket = WebSocket<SocketData>;

/** All open sockets, so that a drain can say goodbye to each. */
export type OpenSockets = Set<Client>;

const path = '/api/v1/ws';
const pathOfAny = '/api/v1/:name';

/**
 * Two behaviours for one path, since uWebSockets.js bounds an unfinished frame by its behaviour alone: who brings no token is
 * held to less. The second pattern sees what the first one passes on, and everything else with a name as short.
 */
export function addSockets(app: TemplatedApp, given: SocketParts & { door: Door }): void {
  const parts: Parts = { ...given, turns: new FrameTurns(), anonymous: new Anonymous() };
  const behaviour = (
    maxPayloadLength: number,
    isMeant: (req: HttpRequest) => boolean,
  ): WebSocketBehavior<SocketData> => ({
    maxPayloadLength,
    maxBackpressure: 2 * limits.socketPendingBytesMax,
    idleTimeout: parts.pingIntervalSeconds + patienceSeconds(parts.pingIntervalSeconds),
    sendPingsAutomatically: true,
    upgrade: (res, req, context) => {
      if (isMeant(req)) void upgrade(res, req, context, parts);
      else req.setYield(true);
    },
    open: (socket) => opened(socket, parts),
    message: (socket, message, isBinary) => heard(socket, message, isBinary, parts),
    drain: (socket) => socket.getUserData().wire?.drained(),
    pong: (socket) => ponged(socket, parts),
    close: (socket) => closed(socket, parts),
  });
  app.ws(
    path,
    behaviour(limits.frameBytesMax, (req) => !bringsToken(req)),
  );
  app.ws(
    pathOfAny,
    behaviour(limits.frameBytesHardMax, (req) => req.getUrl() === path),
  );
}

/** Any token: one that isn't good is refused before it can hold anything. */
const bringsToken = (req: HttpRequest): boolean =>
  tokenIn(parseQuery(req.getQuery() ?? ''), req.getHeader('authorization')) !== '';

function tokenIn(query: Outcome<Record<string, string>>, authorization: string): string {
  const inQuery = query.ok ? query.value.token : undefined;
  return inQuery || (/^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '');
}

/** What uWebSockets.js takes off `idleTimeout` for the time of its ping: 4, 8 or 16 s, so that an answer can come. */
const patienceSeconds = (intervalSeconds: number): number => {
  if (intervalSeconds >= 16) return 16;
  return intervalSeconds >= 8 ? 8 : 4;
};

/** Always upgrades: a browser's page can read a close code, but not the status of a refused upgrade. */
async function upgrade(res: HttpResponse, req: HttpRequest, context: us_socket_context_t, parts: Parts) {
  let isAborted = false;
  res.onAborted(() => {
    isAborted = true;
  });
  const key = req.getHeader('sec-websocket-key');
  const protocol = protocolOf(req.getHeader('sec-websocket-protocol'));
  const extensions = req.getHeader('sec-websocket-extensions');
  const headers = readHeaders(req);
  const query = parseQuery(req.getQuery() ?? '');
  const { door, auth } = parts;
  const address = addressOf(res);
  const { forwardedFor } = headers;
  const isNear = auth.isNearnessAsked && door.isNear(headers, address);
  const unwanted = door.refusalOf(headers, false); // A page may open a WebSocket to any host there is.
  const token = tokenIn(query, headers.authorization);
  const principal = unwanted ? { ok: false as const, failure: unwanted } : await verified(token, isNear, parts);
  if (isAborted) return;
  const data: SocketData = {
    principal,
    asked: query.ok ? validate(AttachQuery, query.value) : query,
    protocol,
    client: undefined,
    wire: undefined,
    line: undefined,
    caller: { address, forwardedFor, isNear },
  };
  res.cork(() => res.upgrade(data, key, protocol ?? '', extensions, context));
}

async function verified(token: string, isNear: boolean, parts: SocketParts): Promise<Outcome<Principal | undefined>> {
  if (token === '') return succeeded(undefined);
  return parts.auth.verify(token, isNear).catch((error) => convertThrown(error, parts.log, 'upgrade'));
}

function opened(socket: Socket, parts: Parts): void {
  const data = socket.getUserData();
  const wire = new SocketWire(socket, parts, data.caller);
  data.wire = wire;
  parts.metrics.sockets++;
  const refusal = refusalOf(data, parts);
  const principal = data.principal.ok ? data.principal.value : undefined;
  const client = new Client(parts, wire, refusal ? undefined : principal, askedOf(data));
  data.client = client;
  data.line = lineOf({ heard: (text) => client.heard(text), together: (work) => wire.together(work) });
  parts.sockets.add(client);
  wire.onIdentified = () => parts.anonymous.delete(client);
  if (refusal) client.refuse(refusal);
  else if (!principal) parts.anonymous.add(client);
}

const askedOf = ({ asked, protocol }: SocketData): AttachQuery => {
  const query = asked.ok ? asked.value : noAttachQuery;
  return protocol === undefined ? query : { ...query, features: everything };
};

function refusalOf({ principal, asked }: SocketData, parts: SocketParts): Failure | undefined {
  if (parts.sessions.isDraining) return goingAway.failure;
  if (parts.metrics.sockets > parts.socketsMax)
    return failed('overloaded', 'Too many clients are connected.', { retryAfterMs: 5_000 }).failure;
  if (!principal.ok) return principal.failure;
  return asked.ok ? undefined : { ...asked.failure, code: 'badFirstMessage' };
}

function heard(socket: Socket, message: ArrayBuffer, isBinary: boolean, { turns, anonymous }: Parts): void {
  const { client, line, wire } = socket.getUserData();
  if (!client || !line || !wire || wire.isClosing) return;
  const bytesMax = anonymous.has(client) ? limits.anonymousFrameBytesMax : limits.frameBytesMax;
  if (isBinary) return client.refuse(failed('badFrame', 'Frames must be text.').failure);
  if (message.byteLength > bytesMax) return client.refuse(tooLarge(bytesMax));
  const text = Buffer.from(message).toString('utf8'); // Decoded here: uWebSockets.js reuses the memory.
  if (!turns.offer(line, text, message.byteLength)) endFlood(client, wire);
}

function ponged(socket: Socket, { turns }: Parts): void {
  const { client, line, wire } = socket.getUserData();
  if (!client || !line || !wire || wire.isClosing) return;
  if (turns.count(line)) wire.answered(true);
  else endFlood(client, wire);
}

/** What else has come of it is not even looked at. */
function endFlood(client: Client, wire: SocketWire): void {
  client.refuse(failed('overloaded', 'Too many frames at once.', { retryAfterMs: 1_000 }).failure);
  wire.endNow();
}

const tooLarge = (bytesMax: number): Failure => {
  const detail = `A frame holds at most ${bytesMax} bytes`;
  const isKnown = bytesMax === limits.frameBytesMax;
  return failed('badFrame', isKnown ? `${detail}.` : `${detail} until its sender has said who it is.`).failure;
};

function closed(socket: Socket, parts: Parts): void {
  const { client, line, wire } = socket.getUserData();
  wire?.closed();
  client?.closed();
  parts.metrics.sockets--;
  if (line) parts.turns.drop(line);
  if (!client) return;
  parts.sockets.delete(client);
  parts.anonymous.delete(client);
}

/** The way out to one socket: bounded, and honest when it is full. */
class SocketWire implements Wire {
  readonly #socket: Socket;
  readonly #parts: SocketParts;
  readonly #caller: Caller;
  #isOpen = true;
  #closing: { code: number; reason: string } | undefined;
  /** Hears that its client has said who it is. */
  onIdentified: () => void = () => undefined;
  #waiting: ((isOpen: boolean) => void)[] = [];
  /** Set while an answer to a ping is waited for. */
  #asked: { answer: PromiseWithResolvers<boolean>; timer: NodeJS.Timeout } | undefined;

  constructor(socket: Socket, parts: SocketParts, caller: Caller) {
    this.#caller = caller;
    this.#socket = socket;
    this.#parts = parts;
  }

  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  get isNear(): boolean {
    return this.#caller.isNear;
  }

  tell(deed: Deed | 'connect', user: string | undefined, ending: Ending): void {
    const { address, forwardedFor } = this.#caller;
    const visitor = { user, address, forwardedFor };
    if (deed === 'connect') this.#parts.audit.refused(path, visitor, ending);
    else this.#parts.audit.tell(deed, visitor, ending);
  }

  send(frames: readonly Frame[]): void {
    if (!this.#isOpen || this.isClosing || frames.length === 0) return;
    this.#parts.metrics.countFrames(frames.length);
    this.#socket.cork(() => {
      for (const frame of frames) this.#socket.send(frame, false);
    });
    if (this.#socket.getBufferedAmount() > limits.socketPendingBytesMax) this.#tooSlow();
  }

  /** Half of what may be pending is room enough; a page of history fits into the other half. */
  async room(): Promise<boolean> {
    while (this.#isOpen && this.#socket.getBufferedAmount() > limits.socketPendingBytesMax / 2)
      await new Promise<boolean>((resolve) => this.#waiting.push(resolve));
    return this.#isOpen;
  }

  close(code: number, reason: string): void {
    if (!this.#isOpen || this.isClosing) return;
    this.#closing = { code, reason };
    // Not at once: within `open` behind an upgrade that waited, uWebSockets.js would let go of the connection seconds later.
    setImmediate(() => this.endNow());
  }

  /** What was begun by `close`; not within `open`. A client that never reads it is cut after 12 s or so. */
  endNow(): void {
    if (this.#isOpen && this.#closing) this.#socket.end(this.#closing.code, this.#closing.reason);
  }

  identified(): void {
    this.onIdentified();
  }

  /** What is sent meanwhile leaves in as few packets as may be. */
  together(work: () => void): void {
    if (this.#isOpen) this.#socket.cork(work);
  }

  answers(): Promise<boolean> {
    if (!this.#isOpen || this.isClosing) return Promise.resolve(false);
    if (!this.#asked) {
      const timer = setTimeout(() => this.answered(false), limits.answerTimeoutMs);
      this.#asked = { answer: Promise.withResolvers(), timer };
      this.#socket.ping();
    }
    return this.#asked.answer.promise;
  }

  answered(isThere: boolean): void {
    clearTimeout(this.#asked?.timer);
    this.#asked?.answer.resolve(isThere);
    this.#asked = undefined;
  }

  bug(error: unknown): Failure {
    return convertThrown(error, this.#parts.log, 'socket').failure;
  }

  drained(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve(this.#isOpen);
  }

  closed(): void {
    this.#isOpen = false;
    this.drained();
    this.answered(false);
  }

  /** Its memory is bounded: the client gets a close code behind what waits, and resumes from its position. */
  #tooSlow(): void {
    this.#parts.metrics.countSlowClose();
    this.#parts.log.warn('socket.closedSlow', { pendingBytes: this.#socket.getBufferedAmount() });
    this.#socket.getUserData().client?.closed();
    this.close(errors.tooSlow.close, errors.tooSlow.title);
  }
}
