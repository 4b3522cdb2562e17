// What the operator's page reads, and under which keys it keeps that.
import type { Calls } from '../lucid.ts';

export type EngineReport = Calls['readEngine']['answer'];
export const engineKey = ['admin', 'engine'];

export type AllEngines = Calls['listEngines']['answer'];
export const enginesKey = ['admin', 'engines'];

export type AdminSession = Calls['listAllSessions']['answer']['sessions'][number];
export const sessionsKey = ['admin', 'sessions'];
