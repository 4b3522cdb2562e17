// A new share, unless its session has as many as any may have.
import { sql } from 'slonik';
import { limits } from '../../../schema/limits.ts';
import { ShareRow, shareColumns } from './share-columns.ts';

export type NewShare = {
  id: string;
  sessionId: string;
  tokenHash: Buffer;
  mayReadWorkspace: boolean;
  expiresInSeconds: number;
};

/** Those of one session are counted one after the other. @returns no row where there are too many */
export const insertShare = ({ id, sessionId, tokenHash, mayReadWorkspace, expiresInSeconds }: NewShare) =>
  sql.type(ShareRow)`
    INSERT INTO lucid_engine.shares (id, session_id, token_hash, may_read_workspace, expires_at)
    SELECT ${id}, ${sessionId}, ${sql.binary(tokenHash)}, ${mayReadWorkspace}, now() + make_interval(secs => ${expiresInSeconds})
    WHERE lucid_engine.count_shares_locked(${sessionId}) < ${limits.sharesPerSessionMax}
    RETURNING ${shareColumns}`;
