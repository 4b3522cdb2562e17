// The bus's connection to NATS: TLS, an nkey, and settings that never give up. Loaded only where CLUSTER_URL is set.
import { setTimeout as delay } from 'node:timers/promises';
import {
  type ConnectionOptions,
  connect,
  type NatsConnection,
  nkeyAuthenticator,
  PermissionViolationError,
} from '@nats-io/transport-node';
import { reasonOf } from '../../schema/reason-of.ts';
import type { BusWire } from './wire.ts';

export type NatsWireSettings = {
  /** URLs of the servers; `tls://` for TLS. */
  urls: readonly string[];
  /** The seed of an nkey. */
  credentials?: string | undefined;
  /** The certificate that signed the servers' own, in PEM. */
  ca?: string | undefined;
  /** What operators see in the server's list of connections. */
  name: string;
};

/** A server that doesn't answer two pings is taken for dead: the defaults notice after four minutes. */
const pingIntervalMs = 2_000;
/** How long one try to connect may take. */
const connectTimeoutMs = 2_000;

/** The pause before a new connection is tried again; later the client does so by itself. */
const firstRetryMs = 200;
/**
 * The client waits for good for a server that reads nothing more, before it connects to another one. So a connection is thrown
 * away that is found dead and not closed within this time.
 */
const closeTimeoutMs = 1_000;
/** The same for one that isn't back, whatever its client waits for: two tries at each of three servers. */
const reconnectTimeoutMs = 6 * connectTimeoutMs;

/** The pause after a server has refused a subject: somebody has to change its settings first. */
const refusedRetryMs = 2_000;

/** @param onTrouble hears why the first connection fails, and which subject a server refuses, once each */
export const createNatsWire = (settings: NatsWireSettings, onTrouble: (reason: string) => void): BusWire =>
  new NatsWire(optionsOf(settings), onTrouble);

/** By default the client gives up for good after some 20 s. */
function optionsOf({ urls, credentials, ca, name }: NatsWireSettings): ConnectionOptions {
  const isEncrypted = urls.some((server) => server.startsWith('tls://'));
  return {
    servers: urls.map((server) => server.replace(/^(tls|nats):\/\//, '')),
    name,
    timeout: connectTimeoutMs,
    reconnectTimeWait: 100,
    reconnectJitter: 50,
    reconnectJitterTLS: 50,
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    pingInterval: pingIntervalMs,
    maxPingOut: 2,
    noEcho: true,
    ...(isEncrypted && { tls: ca === undefined ? {} : { ca } }),
    ...(credentials !== undefined && { authenticator: nkeyAuthenticator(new TextEncoder().encode(credentials)) }),
  };
}

/** How long after a status of the client its connection counts as lost. */
const lostAfterMs = { staleConnection: closeTimeoutMs, disconnect: reconnectTimeoutMs, close: 0 };

class NatsWire implements BusWire {
  readonly #options: ConnectionOptions;
  readonly #onTrouble: (reason: string) => void;
  readonly #listeners: ((isUp: boolean) => void)[] = [];
  readonly #subjects = new Map<string, (bytes: Uint8Array) => void>();
  /** What waits until the server has read: the client would have it wait for good where its connection is thrown away. */
  readonly #reads = new Set<PromiseWithResolvers<void>>();
  #connection: NatsConnection | undefined;
  /** Ends a connection whose server doesn't let this engine say or hear something. */
  #refuse: (reason: string) => void = () => undefined;
  #hasToldRefusal = false;
  #isClosed = false;
  isUp = false;

  constructor(options: ConnectionOptions, onTrouble: (reason: string) => void) {
    this.#options = options;
    this.#onTrouble = onTrouble;
  }

  get bytesMax(): number {
    return this.#connection?.info?.max_payload ?? 0;
  }

  open(): void {
    void this.#connect();
  }

  send(subject: string, bytes: Uint8Array): void {
    if (this.isUp) this.#connection?.publish(subject, bytes);
  }

  listen(subject: string, receive: (bytes: Uint8Array) => void): void {
    this.#subjects.set(subject, receive);
    if (this.#connection) this.#subscribe(this.#connection, subject, receive);
  }

  async flush(): Promise<void> {
    if (!this.isUp) return;
    const read = Promise.withResolvers<void>();
    this.#reads.add(read);
    this.#connection?.flush().then(read.resolve, read.reject);
    await read.promise.finally(() => this.#reads.delete(read));
  }

  onChange(listener: (isUp: boolean) => void): void {
    this.#listeners.push(listener);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#change(false);
    await this.#connection?.close();
  }

  /** Resolves once the wire is closed. */
  async #connect(): Promise<void> {
    for (;;) {
      const connection = await this.#connectFirst();
      if (!connection) return;
      this.#connection = connection;
      const refusal = await this.#serve(connection);
      this.#change(false);
      void connection.close().catch(() => undefined); // It may wait for good for what it was thrown away for.
      if (refusal !== undefined) await this.#waitForSettings(refusal);
    }
  }

  /**
   * Is on the bus while the connection lasts. An engine that may not use its subjects would take itself for connected, and
   * hear nobody.
   * @returns why the server lets it not; undefined once the connection is lost
   */
  async #serve(connection: NatsConnection): Promise<string | undefined> {
    const refused = Promise.withResolvers<string>();
    this.#refuse = refused.resolve;
    const lost = this.#waitUntilLost(connection).then(() => undefined);
    for (const [subject, receive] of this.#subjects) this.#subscribe(connection, subject, receive);
    const ended = Promise.race([refused.promise, lost]);
    const answered = connection.flush().then(
      () => true, // What it refuses it says before.
      () => undefined,
    );
    if ((await Promise.race([ended, answered])) === true) this.#change(true);
    return ended;
  }

  async #waitForSettings(refusal: string): Promise<void> {
    if (!this.#hasToldRefusal) this.#onTrouble(refusal);
    this.#hasToldRefusal = true;
    await delay(refusedRetryMs);
  }

  #subscribe(connection: NatsConnection, subject: string, receive: (bytes: Uint8Array) => void): void {
    connection.subscribe(subject, {
      callback: (error, message) => {
        if (error) this.#refuse(reasonOf(error));
        else receive(message.data);
      },
    });
  }

  /** Resolves once the connection is closed, or doesn't come back. */
  async #waitUntilLost(connection: NatsConnection): Promise<void> {
    const lost = Promise.withResolvers<void>();
    let timer: NodeJS.Timeout | undefined;
    let isLost = false;
    const followStatus = async () => {
      for await (const status of connection.status()) {
        if (isLost) return;
        if ('error' in status && status.error instanceof PermissionViolationError) this.#refuse(reasonOf(status.error));
        const { type } = status;
        const isUp = type === 'reconnect';
        if (!isUp && !(type in lostAfterMs)) continue;
        clearTimeout(timer);
        if (!isUp) timer = setTimeout(lost.resolve, lostAfterMs[type as keyof typeof lostAfterMs]);
        this.#change(isUp);
      }
    };
    await Promise.race([followStatus(), lost.promise]);
    isLost = true;
    clearTimeout(timer);
  }

  async #connectFirst(): Promise<NatsConnection | undefined> {
    for (let tries = 0; !this.#isClosed; tries++) {
      try {
        const connection = await connect(this.#options);
        if (!this.#isClosed) return connection;
        await connection.close();
      } catch (error) {
        if (tries === 0) this.#onTrouble(reasonOf(error));
        await delay(firstRetryMs);
      }
    }
    return undefined;
  }

  #change(isUp: boolean): void {
    if (this.isUp === isUp) return;
    this.isUp = isUp;
    for (const listener of this.#listeners) listener(isUp);
    if (!isUp) for (const read of this.#reads) read.reject(new Error('The connection to the nats-server is lost.'));
  }
}
