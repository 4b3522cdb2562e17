// What a test asks a source of sandboxes for, where it doesn't matter.
import type { SandboxRequest } from '../sandbox-source.ts';

/** Of ada's session, new and in its first activation unless told otherwise. */
export const requestOf = (sessionId: string, more: Partial<SandboxRequest> = {}): SandboxRequest => ({
  sessionId,
  userId: 'ada',
  epoch: 1,
  mayExist: false,
  onQueued: () => undefined,
  ...more,
});
