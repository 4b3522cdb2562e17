// What the operator's page reads, and under which keys it keeps that.
import type { QueryClient } from '@tanstack/react-query';
import type { Calls } from '../lucid.ts';

export type EngineReport = Calls['readEngine']['answer'];
export const engineKey = ['admin', 'engine'];

export type AllEngines = Calls['listEngines']['answer'];
export const enginesKey = ['admin', 'engines'];

/** An engine hears what is asked of it with one beat, and shows that with the next; beats are a second apart. */
const readAgainMs = [1_000, 2_000, 3_000];

/** Reads the engines now, and until one shows what it was asked. */
export function readAskedEngines(client: Pick<QueryClient, 'invalidateQueries'>): Promise<void> {
  const read = () => client.invalidateQueries({ queryKey: enginesKey });
  for (const inMs of readAgainMs) setTimeout(() => void read(), inMs);
  return read();
}

export type AdminSession = Calls['listAllSessions']['answer']['sessions'][number];
export const sessionsKey = ['admin', 'sessions'];
