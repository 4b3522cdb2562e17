// What all sessions of a host need of it, and what one begins with.
import type { GitProxy } from '../../sandbox/git/git-proxy.ts';
import type { SandboxSources } from '../../sandbox/open-sources.ts';
import type { LogEntry } from '../../schema/log.ts';
import type { SessionSecrets } from '../../schema/session.ts';
import type { HostConfig } from '../../schema/thread.ts';
import type { Models } from '../models/models.ts';
import type { Outbox } from '../outbox.ts';

export type SessionPorts = {
  outbox: Outbox;
  models: Pick<Models, 'of' | 'isMock' | 'keys' | 'secrets'>;
  config: HostConfig;
  /** Of agents, or of those that a script plays. */
  sandboxes: Pick<SandboxSources, 'sourceFor' | 'remove'>;
  git: Pick<GitProxy, 'grant'>;
  now(): number;
  /** Sends a frame to the session's sockets past the ring; it is never stored. */
  live(sessionId: string, frame: string): void;
  log(entry: LogEntry): void;
};

/** What its caller gave it, and how many sockets it has. */
export type Arrival = { secrets: SessionSecrets; clients: number };
export type NewSession = Arrival & { commandId: string; sealedSecrets: string | null };
