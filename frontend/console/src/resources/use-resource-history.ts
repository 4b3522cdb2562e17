// Reads what a sandbox uses as long as somebody looks; what was read is kept for a while, for who comes back.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useLucid } from '../lucid.ts';
import { addReading, emptyHistory, type ResourceHistory } from './resource-history.ts';

const readIntervalMs = 2_000;
/** A session at rest uses nothing until somebody says something, which its events tell. */
const restIntervalMs = 10_000;
const keptMs = 30 * 60_000;

export function useResourceHistory(sessionId: string) {
  const lucid = useLucid();
  const client = useQueryClient();
  const queryKey = ['resources', sessionId];
  return useQuery({
    queryKey,
    queryFn: async ({ signal }) => {
      const reading = await lucid.sessions.resources(sessionId, { signal });
      return addReading(client.getQueryData<ResourceHistory>(queryKey) ?? emptyHistory, reading, Date.now());
    },
    refetchInterval: ({ state }) => (state.data?.sandbox === null ? restIntervalMs : readIntervalMs),
    gcTime: keptMs,
    staleTime: 0,
    structuralSharing: false,
  });
}
