// The gate's server: judges each request, asks Docker whose the named thing is, and sends on what it has made of it.
import { chmodSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Duplex, pipeline } from 'node:stream';
import { limits } from '../../schema/limits.ts';
import { Daemon, type Sent, TooLong, textOf } from './daemon.ts';
import type { Allowed } from './forms.ts';
import { bodyOf, endWith, join } from './line.ts';
import { type Passage, passageOf, type Refusal, refusal } from './passage.ts';

export type GateParts = {
  /** Docker's socket. */
  daemonPath: string;
  /** The gate's own. Whoever can open it may pass. */
  socketPath: string;
  allowed: Allowed;
  onRefused(refused: { method: string; path: string; reason: string }): void;
};

type Admitted = Sent & { isAllowed: true };

export class Gate {
  readonly #parts: GateParts;
  readonly #daemon: Daemon;
  readonly #server: Server;
  /** Connections that go on as plain ones, which the server doesn't know any more. */
  readonly #lines = new Set<Duplex>();

  private constructor(parts: GateParts) {
    this.#parts = parts;
    this.#daemon = new Daemon(parts.daemonPath, parts.allowed.gateId);
    this.#server = createServer({ maxHeaderSize: limits.gateHeadersBytesMax });
    this.#server.maxConnections = limits.gateConnectionsMax;
    this.#server.on('request', (request, response) => void this.#answer(request, response));
    this.#server.on('upgrade', (request, line, head) => void this.#connect(request, line, head));
  }

  /** @throws where it can't listen */
  static async open(parts: GateParts): Promise<Gate> {
    const gate = new Gate(parts);
    await new Promise<void>((resolve, reject) => {
      gate.#server.once('error', reject).listen(parts.socketPath, resolve);
    });
    chmodSync(parts.socketPath, 0o666);
    return gate;
  }

  async close(): Promise<void> {
    for (const line of this.#lines) line.destroy();
    await new Promise((resolve) => {
      this.#server.close(resolve);
      this.#server.closeAllConnections();
    });
  }

  /** Without its daemon the gate is away too: then connections break off. */
  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => request.destroy()); // Whoever asked is gone.
    try {
      const admitted = await this.#admit(request, await textOf(request, limits.gateBodyBytesMax), false);
      if (!admitted.isAllowed) return refuse(response, admitted);
      this.#pass(admitted, response);
    } catch (error) {
      if (error instanceof TooLong) refuse(response, refusal('its body is too long'));
      else response.destroy();
    }
  }

  #pass(admitted: Admitted, response: ServerResponse): void {
    const sent = this.#daemon.send(admitted);
    sent.once('error', () => response.destroy());
    response.once('close', () => sent.destroy());
    sent.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, typeOf(answer));
      pipeline(answer, response, () => undefined); // Either end that breaks off takes the other with it.
    });
  }

  /** A connection that becomes a plain one: what a program in a container is given to read, and what it says. */
  async #connect(request: IncomingMessage, line: Duplex, head: Buffer): Promise<void> {
    this.#lines.add(line);
    line.once('close', () => this.#lines.delete(line)).on('error', () => line.destroy());
    try {
      const { body, rest } = await bodyOf(request, line, head);
      const admitted = await this.#admit(request, body, true);
      if (!admitted.isAllowed) return endWith(line, admitted.status, sentenceOf(admitted));
      if (rest.length > 0) line.unshift(rest);
      join(line, this.#daemon.send(admitted));
    } catch (error) {
      if (error instanceof TooLong) endWith(line, 403, sentenceOf(refusal(error.message)));
      else line.destroy();
    }
  }

  /** @throws while Docker is away */
  async #admit(
    { method = '', url = '' }: IncomingMessage,
    body: string,
    isUpgrade: boolean,
  ): Promise<Admitted | Refusal> {
    const ruling = passageOf({ method, target: url, body, isUpgrade }, this.#parts.allowed);
    const admitted = ruling.isAllowed ? await this.#owned(ruling) : ruling;
    if (!admitted.isAllowed && admitted.status === 403)
      this.#parts.onRefused({ method, path: url.split('?')[0] ?? '', reason: admitted.reason });
    return admitted;
  }

  async #owned({ method, thing, needs, path, body, isHijacked }: Passage): Promise<Admitted | Refusal> {
    const id = thing ? await this.#daemon.idOfOwn(thing.kind, thing.name) : '';
    if (id === undefined) return { ...refusal(`the engine has no ${thing?.kind} ${thing?.name}`), status: 404 };
    for (const { kind, name } of needs) {
      const isMet =
        kind === 'newVolume' ? await this.#daemon.mayMakeVolume(name) : await this.#daemon.idOfOwn(kind, name);
      if (!isMet) return { ...refusal(`the engine has no ${kind} ${name}`), status: 404 };
    }
    return { isAllowed: true, method, path: path(id), body, isHijacked };
  }
}

const sentenceOf = ({ reason }: Refusal): string =>
  JSON.stringify({ message: `The gate to Docker refuses it: ${reason}.` });

function refuse(response: ServerResponse, refused: Refusal): void {
  response
    .writeHead(refused.status, { 'Content-Type': 'application/json', Connection: 'close' })
    .end(sentenceOf(refused));
}

const typeOf = ({ headers }: IncomingMessage) => ({ 'Content-Type': headers['content-type'] ?? 'application/json' });
