// Makes a request to a source of sandboxes, for tests where its values don't matter.
import type { SandboxRequest } from '../sandbox-source.ts';

/** The request is for a new session of ada's in its first activation, unless `more` says otherwise. */
export const requestOf = (sessionId: string, more: Partial<SandboxRequest> = {}): SandboxRequest => ({
  sessionId,
  userId: 'ada',
  epoch: 1,
  mayExist: false,
  onQueued: () => undefined,
  ...more,
});
