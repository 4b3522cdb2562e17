// A session as a client asks for it, where a test doesn't care what it is about.
import { testSettings } from '../../actors/testing/test-session.ts';
import { noSecrets } from '../../schema/session.ts';
import type { CreateRequest } from '../sessions/create-session.ts';

export const askedSession: CreateRequest = {
  settings: testSettings,
  secrets: noSecrets,
  commandId: 'task-1',
  autoStart: false,
};
