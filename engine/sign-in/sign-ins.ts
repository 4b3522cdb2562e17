// Who is signed in with a browser: made, found by the cookie, gone on with while it is used, and ended.
import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { ReadQueries, WriteQueries } from '../database/bounded-queries.ts';
import type { Log } from '../log.ts';
import type { OwnPages, PageHeaders } from '../server/own-pages.ts';
import { readCookie } from './cookies.ts';
import { deleteExpiredSignIns, deleteSignIn, deleteSignInsOf } from './queries/delete-sign-ins.ts';
import { insertSignIn } from './queries/insert-sign-in.ts';
import { updateExpiry } from './queries/update-expiry.ts';
import type { Person, SignIn } from './sign-in.ts';
import { SignInLookups } from './sign-in-lookups.ts';
import { SignInWatch } from './sign-in-watch.ts';

/** How long a sign-in goes on without being used: over a night, not over a weekend. */
export const idleMsMax = 12 * 3_600_000;
/** How long a sign-in goes on at all: a week's work. */
export const lifeMsMax = 7 * 86_400_000;
/** A use is noted once in so long, since each note is a write. */
const noteEveryMs = 300_000;
/** Sign-ins of one user: as many as anybody has browsers. */
export const signInsPerUserMax = 20;
/** How long a sign-in is believed without a look at its row: so late does another engine hear of its end. */
const rememberedMs = 5_000;
/** Sign-ins that are remembered, at some 500 bytes each. */
const rememberedMax = 10_000;
/** How long an end is remembered: longer than any lookup that had begun before it. */
const endedMs = 60_000;
const sweepIntervalMs = 600_000;

/** How the tokens begin of those whom ADMIN_KEY made admins. */
const byAdminKey = 'admin.';
const tokenPattern = /^(?:admin\.)?[\w-]{43}$/;

export type SignInsDependencies = {
  queries: ReadQueries & WriteQueries;
  /** That all engines of a deployment know; with another one all sign-ins have ended. */
  secret: string;
  /** With another one, the sign-ins of those whom it made admins have ended. */
  adminKey?: string | undefined;
  ownPages: OwnPages;
  log: Log;
  now(): number;
};

export class SignIns {
  readonly #dependencies: SignInsDependencies;
  readonly #key: Uint8Array;
  readonly #keyOfAdmins: Uint8Array;
  readonly #lookups: SignInLookups;
  readonly #watch: SignInWatch;
  readonly #remembered: LRUCache<string, SignIn>;
  readonly #ended = new LRUCache<string, true>({ max: rememberedMax, ttl: endedMs });
  #sweeping: NodeJS.Timeout | undefined;

  constructor(dependencies: SignInsDependencies) {
    this.#dependencies = dependencies;
    const { secret, adminKey = '' } = dependencies;
    this.#key = new Uint8Array(hkdfSync('sha256', secret, '', 'lucid sign-in cookie', 32));
    this.#keyOfAdmins = new Uint8Array(hkdfSync('sha256', secret, adminKey, 'lucid sign-in cookie by ADMIN_KEY', 32));
    const lookups = new SignInLookups(dependencies.queries);
    this.#lookups = lookups;
    this.#watch = new SignInWatch({ ...dependencies, find: (hash) => lookups.find(hash) });
    this.#remembered = new LRUCache({ max: rememberedMax, ttl: rememberedMs });
  }

  /** Removes what has expired, now and every while. */
  start(): void {
    this.#sweeping = setInterval(() => void this.sweep(), sweepIntervalMs).unref();
    void this.sweep();
  }

  close(): void {
    clearInterval(this.#sweeping);
    this.#watch.close();
  }

  /** @returns the token, which the browser keeps and the engine doesn't */
  async create(person: Person): Promise<{ token: string; signIn: SignIn }> {
    const { queries, now } = this.#dependencies;
    const isByAdminKey = person.isAdmin && person.way === 'token';
    const token = (isByAdminKey ? byAdminKey : '') + randomBytes(32).toString('base64url');
    const nowMs = now();
    const signIn = {
      ...person,
      hash: this.#hashOf(token),
      expiresAtMs: nowMs + idleMsMax,
      endsAtMs: nowMs + lifeMsMax,
    };
    const removed = await queries.any(insertSignIn(signIn, { nowMs, perUserMax: signInsPerUserMax }));
    for (const { hash } of removed) this.#forget(hash);
    return { token, signIn };
  }

  /**
   * Who is signed in by the cookie that came with a request.
   * @param isRead whether the request changes nothing
   * @returns undefined where there is no such cookie
   */
  identify(headers: PageHeaders, isRead: boolean): Promise<Outcome<SignIn>> | undefined {
    if (headers.cookie === '') return undefined;
    const { ownPages } = this.#dependencies;
    const [token, another] = readCookie(headers.cookie, 'lucid_console', ownPages.areHttps(headers));
    if (token === undefined) return undefined;
    if (another !== undefined) return Promise.resolve(cookieTwice);
    if (!ownPages.isOwnRequest(headers, isRead)) return Promise.resolve(notOwnPage);
    return this.#find(token);
  }

  /** Ends the sign-in of the cookie that came with a request, and closes what it has opened. @returns the sign-in, where there was one */
  async end(headers: PageHeaders): Promise<SignIn | undefined> {
    const found = await this.identify(headers, false);
    if (!found?.ok) return undefined;
    await this.#remove(found.value);
    return found.value;
  }

  /** Ends the sign-in whose cookie the browser loses by a new one, wherever it was sent from. */
  async endReplaced(headers: Omit<PageHeaders, 'origin'>): Promise<void> {
    const [token, another] = readCookie(headers.cookie, 'lucid_console', this.#dependencies.ownPages.areHttps(headers));
    const found = token === undefined || another !== undefined ? undefined : await this.#find(token);
    if (found?.ok) await this.#remove(found.value);
  }

  /** Ends all sign-ins of a user, and closes what they have opened. @returns how many there were */
  async endAllOf(userId: string): Promise<number> {
    const ended = await this.#dependencies.queries.any(deleteSignInsOf(userId));
    for (const { hash } of ended) this.#forget(hash);
    return ended.length;
  }

  /** @param onEnd is called once, when the sign-in has ended @returns what ends the watching */
  watch(hash: string, onEnd: () => void): () => void {
    const stopWatching = this.#watch.add(hash, onEnd);
    if (this.#ended.has(hash)) queueMicrotask(() => this.#watch.end(hash));
    return stopWatching;
  }

  /** Looks at once whether all sign-ins that are watched go on. */
  look(): Promise<void> {
    return this.#watch.look();
  }

  async sweep(): Promise<void> {
    const { queries, now, log } = this.#dependencies;
    await queries
      .query(deleteExpiredSignIns(now()))
      .catch((error) => log.debug('signIn.failed', { where: 'sweep', reason: String(error) })); // The next one does it.
  }

  async #find(token: string): Promise<Outcome<SignIn>> {
    if (!tokenPattern.test(token)) return unknownSignIn;
    const hash = this.#hashOf(token);
    const signIn = this.#remembered.get(hash) ?? (await this.#lookups.find(hash));
    if (!signIn || this.#ended.has(hash)) return unknownSignIn;
    if (signIn.expiresAtMs <= this.#dependencies.now()) return signInExpired;
    this.#goOn(signIn);
    return succeeded(signIn);
  }

  /** Remembers a sign-in that is used, and lets it go on. */
  #goOn(signIn: SignIn): void {
    const { queries, now, log } = this.#dependencies;
    if (!this.#remembered.has(signIn.hash)) this.#remembered.set(signIn.hash, signIn);
    const expiresAtMs = Math.min(now() + idleMsMax, signIn.endsAtMs);
    if (expiresAtMs - signIn.expiresAtMs < noteEveryMs) return;
    signIn.expiresAtMs = expiresAtMs;
    void queries
      .query(updateExpiry(signIn.hash, expiresAtMs))
      .catch((error) => log.debug('signIn.failed', { where: 'use', reason: String(error) })); // A later use is noted.
  }

  async #remove({ hash }: SignIn): Promise<void> {
    await this.#dependencies.queries.query(deleteSignIn(hash));
    this.#forget(hash);
  }

  /** Who reads the table, or a copy of it, can't tell a token from it, nor make a row for one without the secret. */
  #hashOf(token: string): string {
    const key = token.startsWith(byAdminKey) ? this.#keyOfAdmins : this.#key;
    return createHmac('sha256', key).update(token).digest('base64url');
  }

  #forget(hash: string): void {
    this.#ended.set(hash, true);
    this.#remembered.delete(hash);
    this.#watch.end(hash);
  }
}

const unknownSignIn = failed('notAuthenticated', 'The sign-in of this browser has ended, or never was; sign in again.');
const signInExpired = failed('notAuthenticated', 'The sign-in of this browser has expired; sign in again.');
const cookieTwice = failed('notAuthenticated', 'The cookie of the sign-in came more than once; it must come once.');
const notOwnPage = failed(
  'notAuthenticated',
  "A sign-in by cookie counts for the engine's own pages only, which browsers name in the header Origin.",
);
/** What a connection is told whose sign-in has ended. */
export const signInEnded = failed('notAuthenticated', 'The sign-in that opened this connection has ended.').failure;
