// The entry of a thread that is a host, for as long as it lives. It loads nothing of PostgreSQL.
import { flushCompileCache } from 'node:module';
import type { HostData } from '../schema/thread.ts';
import { Models } from './models/models.ts';
import { runHost } from './run-host.ts';

/** Runs session actors until it has drained. */
export function runHostThread(data: HostData): Promise<void> {
  flushCompileCache(); // Node flushes at its end only, which a `kill -9` leaves out.
  return runHost(data, new Models(data.config.models, data.config.mockStepDelayMs));
}
