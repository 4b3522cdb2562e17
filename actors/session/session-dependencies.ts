// What all sessions of a host need of it, and what one begins with.
import type { GrantsGit } from '../../sandbox/git/git-proxy.ts';
import type { SandboxSources } from '../../sandbox/open-sources.ts';
import type { OpenSnapshots } from '../../sandbox/snapshot/snapshot-archive.ts';
import type { LogEntry } from '../../schema/log.ts';
import type { SessionSecrets } from '../../schema/session.ts';
import type { HostConfig } from '../../schema/thread.ts';
import type { KeptFiles } from '../kept-files.ts';
import type { Models } from '../models/models.ts';
import type { HostPermits } from '../permits/host-permits.ts';
import type { SpendingLedger } from '../spending-ledger.ts';
import type { WorkCounts } from '../thread-metrics.ts';
import type { WriteBuffer } from '../write-buffer.ts';

export type SessionDependencies = {
  writeBuffer: WriteBuffer;
  keptFiles: Pick<KeptFiles, 'keep' | 'load' | 'loadBase64'>;
  spending: Pick<SpendingLedger, 'read' | 'endTurn'>;
  models: Pick<Models, 'of' | 'isMock' | 'keys' | 'secrets'>;
  config: HostConfig;
  /** Sources for real agents and for mock ones. */
  sandboxes: Pick<SandboxSources, 'sourceFor' | 'remove'>;
  /** Opens the store in which workspaces are kept; absent where none is configured. */
  openSnapshots?: OpenSnapshots | undefined;
  git: GrantsGit;
  /** Counts for `/metrics`. */
  counts: WorkCounts;
  /** How requests to providers wait for each other; absent where nothing limits them. */
  permits?: Pick<HostPermits, 'of'>;
  now(): number;
  /** Sends a frame to the session's sockets past the ring; it is never stored. */
  sendTransient(sessionId: string, frame: string): void;
  /** Tells the place of a session that waits for a sandbox, from 1; 0 when its turn has come. */
  tellQueuePosition(sessionId: string, position: number): void;
  log(entry: LogEntry): void;
};

/** What a session's caller gave it, and how many clients and viewers it has. */
export type SessionCaller = { secrets: SessionSecrets; clients: number; viewers: number };
export type NewSession = SessionCaller & { commandId: string; sealedSecrets: string | null };
