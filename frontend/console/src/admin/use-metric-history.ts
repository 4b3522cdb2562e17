// Samples of all metrics, taken while the operator's page is open.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useLucid } from '../lucid.ts';
import { addSample, type Sampled } from './metric-history.ts';

const sampleIntervalMs = 5_000;

export type MetricHistory = { history: readonly Sampled[]; error: Error | null; readAgain(): void };

export function useMetricHistory(): MetricHistory {
  const lucid = useLucid();
  const [history, setHistory] = useState<readonly Sampled[]>([]);
  const { data, error, refetch } = useQuery({
    queryKey: ['admin', 'metrics'],
    queryFn: ({ signal }) => lucid.admin.metrics({ signal }),
    refetchInterval: sampleIntervalMs,
    structuralSharing: false,
  });
  useEffect(() => {
    if (data) setHistory((before) => (before.at(-1)?.sampledAt === data.sampledAt ? before : addSample(before, data)));
  }, [data]);
  return { history, error, readAgain: () => void refetch() };
}
