// The socket filter's own connection to Docker: sends requests, and asks who made a container, volume, network or exec.
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { LRUCache } from 'lru-cache';
import * as v from 'valibot';
import { labels } from '../docker/container-settings.ts';
import { filterLabel } from './request-bodies.ts';
import type { ResourceKind } from './request-rules.ts';

/** Docker tells of one container with all its execs. */
const answerBytesMax = 4 * 1024 * 1024;
/** Containers that are remembered; each takes some 200 bytes. */
const ownContainersMax = 10_000;

const Labels = v.nullish(v.record(v.string(), v.string()));
const Container = v.object({ Id: v.string(), Config: v.object({ Labels }) });
const Exec = v.object({ ID: v.string(), ContainerID: v.string() });
const Network = v.object({ Id: v.string(), Labels });
const Volume = v.object({ Name: v.string(), Labels });

export type DockerRequest = { method: string; path: string; body?: object | undefined; isHijacked?: boolean };

export class DockerConnection {
  readonly #socketPath: string;
  readonly #filterId: string;
  /** Containers made through this filter, by id, are remembered: labels never change, and Docker may take long to give them. */
  readonly #ownContainers = new LRUCache<string, { isSandbox: boolean }>({ max: ownContainersMax });

  constructor(socketPath: string, filterId: string) {
    this.#socketPath = socketPath;
    this.#filterId = filterId;
  }

  /** Sends a request that the filter has built, with no byte of a client's. */
  send({ method, path, body, isHijacked = false }: DockerRequest): ClientRequest {
    const text = body === undefined ? '' : JSON.stringify(body);
    const headers: Record<string, string | number> = { Host: 'docker', 'Content-Length': Buffer.byteLength(text) };
    if (text !== '') headers['Content-Type'] = 'application/json';
    if (isHijacked) Object.assign(headers, { Connection: 'Upgrade', Upgrade: 'tcp' });
    const sent = request({ socketPath: this.#socketPath, method, path, headers, agent: false });
    sent.end(text);
    return sent;
  }

  /** @returns Docker's id, if it was made through this filter @throws while Docker is away */
  async findOwnId(kind: ResourceKind, name: string): Promise<string | undefined> {
    if (kind === 'volume') return this.#findOwnVolume(name);
    if (kind === 'network') return this.#findOwnNetwork(name);
    if (kind !== 'exec') return this.#findOwnContainer(name, kind === 'sandbox');
    const exec = v.safeParse(Exec, await this.#read(`/exec/${name}/json`));
    return exec.success && (await this.#findOwnContainer(exec.output.ContainerID, true)) ? exec.output.ID : undefined;
  }

  /** Whether there is no volume of that name, or it was made through this filter. @throws while Docker is away */
  async mayMakeVolume(name: string): Promise<boolean> {
    return (await this.#read(`/volumes/${name}`)) === undefined || (await this.#findOwnVolume(name)) !== undefined;
  }

  async #findOwnContainer(name: string, mustBeSandbox: boolean): Promise<string | undefined> {
    let id = name;
    let own = this.#ownContainers.get(id);
    if (own === undefined) {
      const found = v.safeParse(Container, await this.#read(`/containers/${name}/json`));
      if (!found.success || !this.#isOwn(found.output.Config.Labels)) return undefined;
      id = found.output.Id;
      own = { isSandbox: found.output.Config.Labels?.[labels.session] !== undefined };
      this.#ownContainers.set(id, own);
    }
    return mustBeSandbox && !own.isSandbox ? undefined : id;
  }

  async #findOwnNetwork(name: string): Promise<string | undefined> {
    const found = v.safeParse(Network, await this.#read(`/networks/${name}`));
    return found.success && this.#isOwn(found.output.Labels) ? found.output.Id : undefined;
  }

  async #findOwnVolume(name: string): Promise<string | undefined> {
    const found = v.safeParse(Volume, await this.#read(`/volumes/${name}`));
    return found.success && this.#isOwn(found.output.Labels) ? found.output.Name : undefined;
  }

  #isOwn(found: v.InferOutput<typeof Labels>): boolean {
    return found?.[filterLabel] === this.#filterId;
  }

  /** @returns undefined where Docker has nothing at the path */
  async #read(path: string): Promise<unknown> {
    const sent = this.send({ method: 'GET', path });
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      sent.once('response', resolve).once('error', reject);
    });
    const text = await readText(answer, answerBytesMax);
    if (answer.statusCode === 404) return undefined;
    if (answer.statusCode !== 200) throw new Error(`Docker answered ${answer.statusCode}.`);
    return JSON.parse(text);
  }
}

/** @throws BodyTooLong, or where the stream is cut off */
export async function readText(stream: AsyncIterable<Buffer>, bytesMax: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > bytesMax) throw new BodyTooLong(`More than ${bytesMax} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

export class BodyTooLong extends Error {}
