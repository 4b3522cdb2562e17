// What REST says of a session: one report, as pages and lists have it.
import type { Calls } from '../lucid.ts';

export type SessionReport = Calls['readSession']['answer'];
