// What the sandbox uses over time, and what each call took.
import type { SessionEvent } from '../lucid.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { Failure } from '../ui/failure.tsx';
import { CallsTable } from './calls-table.tsx';
import { ResourceCharts } from './resource-charts.tsx';
import { useResourceHistory } from './use-resource-history.ts';

export type ResourcesTabProps = { sessionId: string; events: readonly SessionEvent[] };

const places = {
  docker: 'a container of its own',
  kubernetes: 'a Pod of its own',
  local: "a folder of the engine's machine",
  memory: 'memory, where nothing runs',
};

export function ResourcesTab({ sessionId, events }: ResourcesTabProps) {
  const { data: history, error, refetch } = useResourceHistory(sessionId);
  return (
    <div className="grid gap-6 p-4">
      <section aria-label="The sandbox" className="grid gap-3">
        {history && (history.moments.length > 0 || history.sandbox !== null) && (
          <p className="text-sm text-muted">
            {history.sandbox === null
              ? 'The sandbox is at rest. It comes back with the next message.'
              : `The sandbox is ${places[history.sandbox]}.`}
          </p>
        )}
        {error && <Failure error={error} doing="Reading what the sandbox uses" retry={() => void refetch()} />}
        {history && history.moments.length > 0 && <ResourceCharts history={history} />}
        {history && history.moments.length === 0 && history.sandbox === null && (
          <EmptyState title="The sandbox is at rest">
            What it uses is shown while it is there: from the next message on.
          </EmptyState>
        )}
      </section>
      <section aria-label="Calls" className="grid gap-3">
        <h2 className="text-base font-medium">What each call took</h2>
        <CallsTable sessionId={sessionId} events={events} />
      </section>
    </div>
  );
}
