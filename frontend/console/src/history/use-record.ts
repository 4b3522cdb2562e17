// The recorded events of a session, read page after page.
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { type SessionEvent, useLucid } from '../lucid.ts';

/** As many as the engine gives at once. */
const pageEvents = 500;
/** Events that are kept for a replay, some tens of megabytes. */
const eventsMax = 50_000;

export type SessionRecord = {
  events: readonly SessionEvent[];
  /** Whether these are all that there will be. */
  isWhole: boolean;
  /** Whether there are more than a replay keeps. */
  isCut: boolean;
  error: Error | null;
  readAgain(): void;
};

export function useRecord(sessionId: string): SessionRecord {
  const lucid = useLucid();
  const { data, error, hasNextPage, isFetching, fetchNextPage } = useInfiniteQuery({
    queryKey: ['record', sessionId],
    queryFn: ({ pageParam: after, signal }) =>
      lucid.sessions.events(sessionId, { after, limit: pageEvents }, { signal }),
    initialPageParam: 0,
    getNextPageParam: ({ nextAfter }) => nextAfter ?? undefined,
    staleTime: Number.POSITIVE_INFINITY, // A record grows at its end only.
    gcTime: 0,
  });
  const events = useMemo(() => (data?.pages.flatMap((page) => page.events) ?? []) as SessionEvent[], [data]);
  const isCut = hasNextPage && events.length >= eventsMax;
  const isNextWanted = hasNextPage && !isFetching && !isCut && error === null;
  useEffect(() => {
    if (isNextWanted) void fetchNextPage();
  }, [isNextWanted, fetchNextPage]);
  return {
    events,
    isWhole: data !== undefined && (!hasNextPage || isCut),
    isCut,
    error,
    readAgain: () => void fetchNextPage(),
  };
}
