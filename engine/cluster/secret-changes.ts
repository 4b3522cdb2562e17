// Secrets that a client has brought here for a session elsewhere: its owner is told to read them in the row, since none is ever on
// the bus, and does nothing for the session before it has.
import type { Supervisor } from '../ring/supervisor.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { type Directory, isRemote } from '../sessions/directory.ts';
import type { Bus } from './bus.ts';
import type { Owners } from './owners.ts';

export type SecretChangesDependencies = {
  bus: Pick<Bus, 'send'>;
  owners: Pick<Owners, 'find'>;
  directory: Pick<Directory, 'get'>;
  supervisor: Pick<Supervisor, 'getLink'>;
  secrets: Pick<Secrets, 'loadSecrets'>;
};

export class SecretChanges {
  readonly #dependencies: SecretChangesDependencies;
  /** Sessions followed here whose owners may not have heard it: messages may be lost. */
  readonly #untold = new Set<string>();
  /** Sessions of this engine whose rows are to be read, and those that are being read. */
  readonly #unread = new Set<string>();
  readonly #reading = new Map<string, Promise<void>>();

  constructor(dependencies: SecretChangesDependencies) {
    this.#dependencies = dependencies;
  }

  /** @param bootId the owner, where it is known */
  async tell(sessionId: string, bootId: string | undefined): Promise<void> {
    const { owners } = this.#dependencies;
    this.#untold.add(sessionId);
    if (bootId !== undefined) return this.#send(sessionId, bootId);
    const owner = await owners.find(sessionId);
    if (owner.kind === 'elsewhere') this.#send(sessionId, owner.bootId);
  }

  /** An owner has answered that it is followed, so that it hears what is sent to it now. */
  noteFollowed(bootId: string, sessionIds: Iterable<string>): void {
    if (this.#untold.size === 0) return;
    for (const sessionId of sessionIds) if (this.#untold.delete(sessionId)) this.#send(sessionId, bootId);
  }

  /** To be called before the owner is asked for something, so that it knows the secrets for that. */
  tellBefore(sessionId: string, bootId: string): void {
    if (this.#untold.has(sessionId)) this.#send(sessionId, bootId);
  }

  /** To be called every few seconds. @param isFollowed whether somebody here follows a session elsewhere */
  forgetOthers(isFollowed: (sessionId: string) => boolean): void {
    for (const sessionId of this.#untold) if (!isFollowed(sessionId)) this.#untold.delete(sessionId);
  }

  /** To be called at the owner. */
  receive(sessionId: string): void {
    this.#unread.add(sessionId);
    if (!this.#reading.has(sessionId)) this.#reading.set(sessionId, this.#readNewest(sessionId));
  }

  /** To be called every few seconds, since PostgreSQL may have been away. */
  readAgain(): void {
    for (const sessionId of this.#unread) this.receive(sessionId);
  }

  /** @returns whether what was told of the session's secrets has reached its host; false while PostgreSQL is away */
  async waitUntilRead(sessionId: string): Promise<boolean> {
    if (this.#unread.has(sessionId)) this.receive(sessionId);
    await this.#reading.get(sessionId);
    return !this.#unread.has(sessionId);
  }

  #send(sessionId: string, bootId: string): void {
    this.#dependencies.bus.send({ bootId }, { kind: 'secretsChanged', sessionId });
  }

  /** One read at a time, so that the newest secrets reach the host last. */
  async #readNewest(sessionId: string): Promise<void> {
    let isRead = true;
    while (isRead && this.#unread.delete(sessionId)) isRead = await this.#read(sessionId);
    if (!isRead) this.#unread.add(sessionId);
    this.#reading.delete(sessionId);
  }

  async #read(sessionId: string): Promise<boolean> {
    const { directory, secrets, supervisor } = this.#dependencies;
    const entry = directory.get(sessionId);
    if (!entry || isRemote(entry)) return true; // Whoever has it next reads them.
    entry.secrets = undefined;
    const known = await secrets.loadSecrets(sessionId, entry).catch(() => undefined);
    if (known && !isRemote(entry)) supervisor.getLink(entry.host).tell({ kind: 'secrets', sessionId, secrets: known });
    return known !== undefined;
  }
}
