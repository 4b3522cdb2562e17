// What a session's owner does with its shares, and who watches by which token.
import { v7 as uuid } from 'uuid';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import type { Share } from '../../schema/protocol/routes/shares.ts';
import { hasShareTokenForm } from '../../schema/protocol/share-token.ts';
import { reasonOf } from '../../schema/reason-of.ts';
import { formatTime } from '../../schema/rules/text.ts';
import type { ReadQueries, WriteQueries } from '../database/bounded-queries.ts';
import type { Log } from '../log.ts';
import type { Principal } from '../sessions/access.ts';
import { deleteExpiredShares, deleteShare } from './queries/delete-share.ts';
import { insertShare } from './queries/insert-share.ts';
import { selectShares } from './queries/select-shares.ts';
import { selectViewer } from './queries/select-viewer.ts';
import type { ShareRow } from './queries/share-columns.ts';
import { updateShareUse } from './queries/update-share-use.ts';
import { hashToken, makeShareToken } from './share-token.ts';
import type { ViewerStreams } from './viewer-streams.ts';

/** How long the row of an expired share may stay, which nobody can use by then. */
const cleanIntervalMs = 3_600_000;

export type SharesDependencies = {
  queries: ReadQueries & WriteQueries;
  streams: ViewerStreams;
  /** Looks up tokens a few at once: anybody may send wrong ones, and other reads need connections too. */
  takeTurn<T>(read: () => Promise<T>): Promise<T>;
  log: Pick<Log, 'warn'>;
};

export type AskedShare = { expiresInSeconds: number; workspace: boolean };

export class Shares {
  readonly #dependencies: SharesDependencies;
  #cleaning: NodeJS.Timeout | undefined;

  constructor(dependencies: SharesDependencies) {
    this.#dependencies = dependencies;
  }

  get streams(): ViewerStreams {
    return this.#dependencies.streams;
  }

  /** Removes what has expired, now and from time to time. */
  start(): void {
    this.#cleaning = setInterval(() => void this.#clean(), cleanIntervalMs);
    this.#cleaning.unref();
    void this.#clean();
  }

  close(): void {
    clearInterval(this.#cleaning);
    this.streams.close();
  }

  async create(sessionId: string, asked: AskedShare): Promise<Outcome<Share & { token: string }>> {
    const token = makeShareToken();
    const { expiresInSeconds, workspace: mayReadWorkspace } = asked;
    const share = { id: uuid(), sessionId, tokenHash: hashToken(token), mayReadWorkspace, expiresInSeconds };
    const made = await this.#dependencies.queries.maybeOne(insertShare(share));
    return made ? succeeded({ ...shareOf(made), token }) : tooManyShares;
  }

  async list(sessionId: string): Promise<Share[]> {
    return (await this.#dependencies.queries.any(selectShares(sessionId))).map(shareOf);
  }

  /** Its streams end here at once, at other engines within seconds. */
  async remove(sessionId: string, id: string): Promise<Outcome<undefined>> {
    const gone = await this.#dependencies.queries.maybeOne(deleteShare(sessionId, id));
    if (!gone) return noSuchShare;
    this.streams.end(id);
    return succeeded(undefined);
  }

  /** Every token that doesn't hold is refused in the same words, so that nobody learns which once did. */
  async findViewer(token: string): Promise<Outcome<Principal>> {
    if (!hasShareTokenForm(token)) return notBelieved;
    const { queries, takeTurn } = this.#dependencies;
    const found = await takeTurn(() => queries.maybeOne(selectViewer(hashToken(token))));
    if (!found) return notBelieved;
    const { userId, isNoted, ...viewer } = found;
    if (!isNoted) await this.#noteUse(viewer.shareId);
    return succeeded({ userId, viewer });
  }

  /** Whoever watches isn't kept from it because PostgreSQL takes no writes. */
  async #noteUse(shareId: string): Promise<void> {
    await this.#dependencies.queries.query(updateShareUse(shareId)).catch(this.#logFailure);
  }

  async #clean(): Promise<void> {
    await this.#dependencies.queries.query(deleteExpiredShares()).catch(this.#logFailure);
  }

  readonly #logFailure = (error: unknown): void =>
    this.#dependencies.log.warn('shares.failed', { reason: reasonOf(error) });
}

const notBelieved = failed(
  'notAuthenticated',
  'The share is not valid: its link is wrong, has expired or was revoked.',
);
const noSuchShare = failed('noSuchShare', 'The session has no share with that id, or not any more.');
const tooManyShares = failed(
  'tooManyShares',
  `The session has ${limits.sharesPerSessionMax} shares, as many as any may have: delete one first.`,
);

const shareOf = ({ id, createdAtMs, expiresAtMs, mayReadWorkspace, lastUsedAtMs }: ShareRow): Share => ({
  id,
  createdAt: formatTime(createdAtMs),
  expiresAt: formatTime(expiresAtMs),
  workspace: mayReadWorkspace,
  lastUsedAt: lastUsedAtMs === null ? null : formatTime(lastUsedAtMs),
});
