// One's sessions as they are now: read again every two seconds while the page is shown, older ones when they are asked for.
import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { type Lucid, LucidError, useLucid } from '../lucid.ts';
import type { SessionReport } from '../session/session-report.ts';
import {
  addNewest,
  addSessions,
  findOverdue,
  type KnownSessions,
  type ReportPage,
  removeSessions,
} from './known-sessions.ts';

const readIntervalMs = 2_000;
/** Sessions of one page: what fills a screen a few times. */
const pageSessions = 50;
/** As many as the engine gives at once. */
const atWorkMax = 100;
/** Sessions read by themselves in one turn, so that a list that is far behind catches up without a flood. */
const overdueMax = 10;

const allStates: SessionReport['state'][] = ['created', 'working', 'waiting', 'idle', 'stopped', 'failed'];
const listKey = ['sessions', 'known'];

/** `olderBefore`: what older sessions are asked for with; null where all are known. */
type Known = { sessions: KnownSessions; olderBefore: string | null };

export type Sessions = {
  /** Undefined until they were read once. */
  known: KnownSessions | undefined;
  hasOlder: boolean;
  isLoadingOlder: boolean;
  loadOlder(): Promise<void>;
  /** Of the last time that they were read; what was known stays. */
  error: Error | null;
  readAgain(): void;
};

export function useSessions(): Sessions {
  const lucid = useLucid();
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: listKey,
    queryFn: ({ signal }) => readSessions(lucid, client, signal),
    refetchInterval: readIntervalMs,
    structuralSharing: false, // What is the same stays the same object by itself.
  });
  const older = useOlder(lucid, client);
  return {
    known: data?.sessions,
    hasOlder: (data?.olderBefore ?? null) !== null,
    ...older,
    error,
    readAgain: () => void refetch(),
  };
}

function useOlder(lucid: Lucid, client: QueryClient): Pick<Sessions, 'isLoadingOlder' | 'loadOlder'> {
  const [isLoadingOlder, setLoading] = useState(false);
  const loadOlder = useCallback(async () => {
    const before = client.getQueryData<Known>(listKey)?.olderBefore ?? null;
    if (before === null) return;
    setLoading(true);
    try {
      const { sessions, nextBefore } = await listPage(lucid, { state: allStates, limit: pageSessions, before });
      client.setQueryData<Known>(listKey, (known) => ({
        sessions: addSessions(known?.sessions ?? new Map(), sessions),
        olderBefore: nextBefore,
      }));
    } finally {
      setLoading(false);
    }
  }, [lucid, client]);
  return { isLoadingOlder, loadOlder };
}

/** Merged at the end, since older sessions may have been added meanwhile. */
async function readSessions(lucid: Lucid, client: QueryClient, signal: AbortSignal): Promise<Known> {
  const newest = await listPage(lucid, { state: allStates, limit: pageSessions }, signal);
  const atWork = newest.nextBefore === null ? [] : await listAtWork(lucid, signal);
  const read = [...newest.sessions, ...atWork];
  const before = client.getQueryData<Known>(listKey);
  const listed = new Set(read.map(({ sessionId }) => sessionId));
  const overdue = newest.nextBefore === null ? [] : findOverdue(before?.sessions ?? new Map(), listed);
  const settled = await Promise.all(overdue.slice(0, overdueMax).map((id) => readOne(lucid, id, signal)));
  const known = client.getQueryData<Known>(listKey);
  const gone = settled.flatMap((answer) => (typeof answer === 'string' ? (known?.sessions.get(answer) ?? []) : []));
  const reports = settled.filter((answer) => typeof answer !== 'string');
  const sessions = addSessions(addNewest(known?.sessions ?? new Map(), newest), [...atWork, ...reports]);
  const next = { sessions: removeSessions(sessions, gone), olderBefore: known ? known.olderBefore : newest.nextBefore };
  return known && known.sessions === next.sessions ? known : next;
}

const listAtWork = async (lucid: Lucid, signal: AbortSignal) =>
  (await listPage(lucid, { state: ['created', 'working'], limit: atWorkMax }, signal)).sessions;

/** @returns its id where it is gone */
async function readOne(lucid: Lucid, id: string, signal: AbortSignal): Promise<SessionReport | string> {
  try {
    return await lucid.sessions.read(id, { signal });
  } catch (error) {
    if (error instanceof LucidError && error.code === 'noSuchSession') return id;
    throw error;
  }
}

/** With `state` the engine tells all of each session. */
async function listPage(
  lucid: Lucid,
  query: NonNullable<Parameters<Lucid['sessions']['list']>[0]>,
  signal?: AbortSignal,
): Promise<ReportPage> {
  const { sessions, nextBefore = null } = await lucid.sessions.list(query, signal && { signal });
  return { sessions: sessions.filter((session) => 'state' in session), nextBefore };
}
