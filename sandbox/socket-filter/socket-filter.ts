// The socket filter's server: judges each request, asks Docker who made what it names, and sends a request of its own.
import { chmodSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Duplex, pipeline } from 'node:stream';
import { BodyTooLong, DockerConnection, type DockerRequest, readText } from './docker-connection.ts';
import { type AllowedRequest, judgeRequest, makeRefusal, type Refusal } from './judge-request.ts';
import { endWithAnswer, filterBodyBytesMax, joinDocker, readUpgradeBody } from './raw-connection.ts';
import type { AllowedValues } from './request-bodies.ts';

/** Docker's client also puts a container's options into the URL. */
const filterHeadersBytesMax = 64 * 1024;
/** Each container that is worked in and each request has a connection, which takes two descriptors, of some 20,000. */
const filterConnectionsMax = 4_000;

export type SocketFilterOptions = {
  /** Docker's socket. */
  daemonPath: string;
  /** The filter's own socket; who can open it may send requests. */
  socketPath: string;
  allowed: AllowedValues;
  onRefused(refused: { method: string; path: string; reason: string }): void;
};

type AdmittedRequest = DockerRequest & { isAllowed: true };

export class SocketFilter {
  readonly #options: SocketFilterOptions;
  readonly #docker: DockerConnection;
  readonly #server: Server;
  /** Connections that Docker has taken over, which the server doesn't close itself. */
  readonly #connections = new Set<Duplex>();

  private constructor(options: SocketFilterOptions) {
    this.#options = options;
    this.#docker = new DockerConnection(options.daemonPath, options.allowed.filterId);
    this.#server = createServer({ maxHeaderSize: filterHeadersBytesMax });
    this.#server.maxConnections = filterConnectionsMax;
    this.#server.on('request', (request, response) => void this.#answer(request, response));
    this.#server.on('upgrade', (request, client, head) => void this.#connect(request, client, head));
  }

  /** @throws where it can't listen */
  static async open(options: SocketFilterOptions): Promise<SocketFilter> {
    const filter = new SocketFilter(options);
    await new Promise<void>((resolve, reject) => {
      filter.#server.once('error', reject).listen(options.socketPath, resolve);
    });
    chmodSync(options.socketPath, 0o666);
    return filter;
  }

  async close(): Promise<void> {
    for (const client of this.#connections) client.destroy();
    await new Promise((resolve) => {
      this.#server.close(resolve);
      this.#server.closeAllConnections();
    });
  }

  /** Breaks the connection off where Docker is away, as Docker itself would. */
  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => request.destroy()); // The client is gone.
    try {
      const admitted = await this.#admit(request, await readText(request, filterBodyBytesMax), false);
      if (!admitted.isAllowed) return refuseDockerRequest(response, admitted);
      this.#forward(admitted, response);
    } catch (error) {
      if (error instanceof BodyTooLong) refuseDockerRequest(response, makeRefusal('its body is too long'));
      else response.destroy();
    }
  }

  #forward(admitted: AdmittedRequest, response: ServerResponse): void {
    const sent = this.#docker.send(admitted);
    sent.once('error', () => response.destroy());
    response.once('close', () => sent.destroy());
    sent.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, typeOf(answer));
      pipeline(answer, response, () => undefined); // Where one breaks off, the other ends too.
    });
  }

  /** Connects a client to a program in a container. */
  async #connect(request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> {
    this.#connections.add(client);
    client.once('close', () => this.#connections.delete(client)).on('error', () => client.destroy());
    try {
      const { body, rest } = await readUpgradeBody(request, client, head);
      const admitted = await this.#admit(request, body, true);
      if (!admitted.isAllowed) return endWithAnswer(client, admitted.status, refusalTextOf(admitted));
      if (rest.length > 0) client.unshift(rest);
      joinDocker(client, this.#docker.send(admitted));
    } catch (error) {
      if (error instanceof BodyTooLong) endWithAnswer(client, 403, refusalTextOf(makeRefusal(error.message)));
      else client.destroy();
    }
  }

  /** @throws while Docker is away */
  async #admit(
    { method = '', url = '' }: IncomingMessage,
    body: string,
    isUpgrade: boolean,
  ): Promise<AdmittedRequest | Refusal> {
    const ruling = judgeRequest({ method, target: url, body, isUpgrade }, this.#options.allowed);
    const admitted = ruling.isAllowed ? await this.#checkOwnership(ruling) : ruling;
    if (!admitted.isAllowed && admitted.status === 403)
      this.#options.onRefused({ method, path: url.split('?')[0] ?? '', reason: admitted.reason });
    return admitted;
  }

  async #checkOwnership({
    method,
    resource,
    needs,
    buildPath,
    body,
    isHijacked,
  }: AllowedRequest): Promise<AdmittedRequest | Refusal> {
    const id = resource ? await this.#docker.findOwnId(resource.kind, resource.name) : '';
    if (id === undefined)
      return { ...makeRefusal(`the engine has no ${resource?.kind} ${resource?.name}`), status: 404 };
    for (const { kind, name } of needs) {
      const isMet =
        kind === 'newVolume' ? await this.#docker.mayMakeVolume(name) : await this.#docker.findOwnId(kind, name);
      if (!isMet) return { ...makeRefusal(`the engine has no ${kind} ${name}`), status: 404 };
    }
    return { isAllowed: true, method, path: buildPath(id), body, isHijacked };
  }
}

const refusalTextOf = ({ reason }: Refusal): string =>
  JSON.stringify({ message: `The socket filter refuses it: ${reason}.` });

function refuseDockerRequest(response: ServerResponse, refused: Refusal): void {
  response
    .writeHead(refused.status, { 'Content-Type': 'application/json', Connection: 'close' })
    .end(refusalTextOf(refused));
}

const typeOf = ({ headers }: IncomingMessage) => ({ 'Content-Type': headers['content-type'] ?? 'application/json' });
