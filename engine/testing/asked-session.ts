// A request for a session, for tests to which its content doesn't matter.
import { testSettings } from '../../actors/testing/test-session.ts';
import { noSecrets } from '../../schema/session.ts';
import type { CreateRequest } from '../sessions/create-session.ts';

export const askedSession: CreateRequest = {
  settings: testSettings,
  secrets: noSecrets,
  commandId: 'task-1',
  autoStart: false,
};
