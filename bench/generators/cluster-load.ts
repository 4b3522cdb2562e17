// The load of engines on one database: each client's session is begun at one engine and followed at another, or at the same.
import { WebSocket } from 'ws';
import { everythingSubprotocol } from '../../schema/protocol/additions.ts';
import { answerParent, readOwnUsage } from '../processes/parent.ts';
import { type ReceivedFrame, readFrame } from './received-frame.ts';
import { signTokens } from './session-client.ts';

/** Client n begins its session at the engine n modulo their number, and every third of clients stays there, as far as there are others. */
type ClusterTarget = { ports: readonly number[]; secret: string; clients: number };

type ClusterLoad = {
  /** Commands a second of all clients together; as fast as they are answered where it is absent. */
  perSecond?: number;
  durationMs: number;
};

export type ClusterLoadResult = {
  commands: number;
  events: number;
  elapsedMs: number;
  /** From sending a command to its acknowledgement, at the engine that has the session, and at another one. */
  localMs: number[];
  remoteMs: number[];
  /** Commands that were due while the client's last one was still being answered. */
  skipped: number;
  cpuMs: number;
  problems: string[];
};

const openWithinMs = 60_000;
const command = 'Emit 4 events';

class ClusterClient {
  readonly isRemote: boolean;
  readonly #token: string;
  readonly #port: number;
  #socket: WebSocket | undefined;
  #position: string | undefined;
  #events = 0;
  #commands = 0;
  #sent: { id: string; atMs: number } | undefined;
  #onTurnEnd: () => void = () => undefined;
  readonly #result: () => ClusterLoadResult;
  #isClosing = false;

  constructor(token: string, place: { owner: number; follower: number }, result: () => ClusterLoadResult) {
    this.#token = token;
    this.#port = place.follower;
    this.isRemote = place.owner !== place.follower;
    this.#result = result;
  }

  async open(owner: number): Promise<void> {
    const began = this.#nextTurnEnd();
    const first = this.#connect(owner, '', () => first.send(JSON.stringify({ task: command })));
    await began;
    if (!this.isRemote) return;
    first.removeAllListeners('close');
    first.close();
    await new Promise<void>((resolve) => {
      this.#connect(this.#port, this.#position ?? '', undefined, resolve);
    });
  }

  get isBusy(): boolean {
    return this.#sent !== undefined;
  }

  /** Resolves once the turn that it begins is completed. */
  say(): Promise<void> {
    const id = `${++this.#commands}`;
    this.#sent = { id, atMs: performance.now() };
    const ended = this.#nextTurnEnd();
    this.#socket?.send(JSON.stringify({ type: 'message', id, content: command }));
    return ended;
  }

  close(): void {
    this.#isClosing = true;
    this.#socket?.close();
  }

  #nextTurnEnd(): Promise<void> {
    return new Promise((resolve) => {
      this.#onTurnEnd = resolve;
    });
  }

  #connect(port: number, query: string, opened?: () => void, attached?: () => void): WebSocket {
    const url = `ws://127.0.0.1:${port}/api/v1/ws?token=${this.#token}${query}`;
    const socket = new WebSocket(url, everythingSubprotocol, { perMessageDeflate: false, skipUTF8Validation: true });
    this.#socket = socket;
    if (opened) socket.on('open', opened);
    socket.on('message', (data) => this.#take(readFrame(String(data)), attached));
    socket.on('error', (error) => this.#complain(error.message));
    socket.on('close', (code) => this.#complain(`closed with ${code}`));
    return socket;
  }

  #take(frame: ReceivedFrame, attached?: () => void): void {
    const { type, id, sequence, sessionId, epoch, status } = frame;
    if (type === 'attached') return attached?.();
    if (type === 'error') return this.#complain(`got the error "${frame.message}"`);
    if (sequence === undefined) return;
    if (sequence !== ++this.#events) return this.#complain(`got event ${sequence} instead of ${this.#events}`);
    const result = this.#result();
    result.events++;
    this.#position ??= `&session_id=${sessionId}`;
    if (type === 'ack' && id === this.#sent?.id && this.#sent) {
      result.commands++;
      (this.isRemote ? result.remoteMs : result.localMs).push(performance.now() - this.#sent.atMs);
    }
    if (status !== 'completed') return;
    this.#position = `&session_id=${this.#position.slice('&session_id='.length).split('&')[0]}&epoch=${epoch}&last_sequence=${sequence}`;
    this.#sent = undefined;
    this.#onTurnEnd();
  }

  #complain(problem: string): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#result().problems.push(`A client ${problem}.`);
    this.#onTurnEnd();
  }
}

const emptyResult = (): ClusterLoadResult => ({
  commands: 0,
  events: 0,
  elapsedMs: 0,
  localMs: [],
  remoteMs: [],
  skipped: 0,
  cpuMs: 0,
  problems: [],
});

let clients: ClusterClient[] = [];
let result = emptyResult();

/** Leaves the clients of an earlier target. */
async function openClients({ ports, secret, clients: count }: ClusterTarget): Promise<string[]> {
  for (const client of clients) client.close();
  result = emptyResult();
  const tokens = await signTokens({ secret }, count);
  const portOf = (number: number) => ports[number % ports.length] ?? 0;
  const placed = tokens.map((token, number) => {
    const owner = portOf(number);
    const follower = portOf(number + Math.floor(number / ports.length));
    return { owner, client: new ClusterClient(token, { owner, follower }, () => result) };
  });
  clients = placed.map(({ client }) => client);
  const late = setTimeout(() => result.problems.push('Not every client was attached in time.'), openWithinMs);
  for (let at = 0; at < placed.length; at += 20)
    await Promise.all(placed.slice(at, at + 20).map(({ client, owner }) => client.open(owner)));
  clearTimeout(late);
  return result.problems;
}

async function runLoad({ perSecond, durationMs }: ClusterLoad): Promise<ClusterLoadResult> {
  result = emptyResult();
  const before = readOwnUsage();
  const startedAtMs = performance.now();
  const untilMs = startedAtMs + durationMs;
  if (perSecond === undefined) await Promise.all(clients.map((client) => sayUntil(client, untilMs)));
  else await Promise.all(clients.map((client) => sayAtRate(client, untilMs, (1_000 * clients.length) / perSecond)));
  result.elapsedMs = performance.now() - startedAtMs;
  result.cpuMs = readOwnUsage().cpuMs - before.cpuMs;
  return result;
}

async function sayUntil(client: ClusterClient, untilMs: number): Promise<void> {
  while (performance.now() < untilMs && result.problems.length === 0) await client.say();
}

/** Times are drawn anew each time, so that clients don't fall into step. */
async function sayAtRate(client: ClusterClient, untilMs: number, everyMs: number): Promise<void> {
  let last = Promise.resolve();
  for (
    let dueMs = performance.now() + Math.random() * everyMs;
    dueMs < untilMs;
    dueMs += everyMs * (0.5 + Math.random())
  ) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
    if (client.isBusy) result.skipped++;
    else last = client.say();
  }
  await last;
}

const answers = { open: openClients, run: runLoad };
export type ClusterLoadAnswers = typeof answers;

answerParent(answers);
