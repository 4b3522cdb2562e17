// What the agent has changed in the workspace, file by file.
import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useMemo, useState } from 'react';
import { type SessionEvent, useLucid } from '../lucid.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { findFilesEvent } from '../workspace/find-files-event.ts';
import { bothMin, ListAndDetail } from '../workspace/list-and-detail.tsx';
import { LookingFailure } from '../workspace/looking-failure.tsx';
import { StaleNote } from '../workspace/stale-note.tsx';
import { useRefresh } from '../workspace/use-refresh.ts';
import { useWidth } from '../workspace/use-width.ts';
import { type Standing, WorkspaceGate } from '../workspace/workspace-gate.tsx';
import { ChangedFile } from './changed-file.tsx';
import { ChangesBar } from './changes-bar.tsx';
import { ChangesList } from './changes-list.tsx';
import { filterChanges, stepFrom } from './filter-changes.ts';

export type ChangesTabProps = {
  sessionId: string;
  /** What was heard of the session: after some of it the files may be others. */
  events: readonly SessionEvent[];
  standing: Standing | undefined;
};

export const ChangesTab = ({ sessionId, events, standing }: ChangesTabProps) => (
  <WorkspaceGate sessionId={sessionId} standing={standing} what="its changes">
    <OpenChanges sessionId={sessionId} events={events} />
  </WorkspaceGate>
);

function OpenChanges({ sessionId, events }: Omit<ChangesTabProps, 'standing'>) {
  const lucid = useLucid();
  const [watch, width] = useWidth();
  const [filter, setFilter] = useState('');
  const [chosen, choose] = useState<string>();
  const { data, error, isFetching, refetch, dataUpdatedAt } = useQuery({
    queryKey: ['changes', sessionId],
    queryFn: () => lucid.files.changes(sessionId),
    refetchOnWindowFocus: false,
  });
  useRefresh(findFilesEvent(events), isFetching, () => void refetch());
  const changes = useMemo(() => filterChanges(data?.changes ?? [], filter), [data, filter]);
  const first = width >= bothMin ? changes[0] : undefined;
  const change = changes.find(({ path }) => path === chosen) ?? first;
  const step = (by: -1 | 1) => choose(stepFrom(changes, change?.path, by));
  if (error && !data) return <LookingFailure error={error} doing="Looking for changes" retry={() => void refetch()} />;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: j and k lead from file to file wherever the focus is in here.
    <div ref={watch} className="flex h-full min-h-0 flex-col" onKeyDown={(event) => hearStepKey(event, step)}>
      {!(change && width < bothMin) && (
        <ChangesBar
          sessionId={sessionId}
          answer={data}
          shown={changes}
          filter={filter}
          isAsking={isFetching}
          onFilter={setFilter}
          onRefresh={() => void refetch()}
        />
      )}
      <StaleNote error={error} />
      {changes.length === 0 ? (
        <NothingChanged isKnown={data !== undefined} isFiltered={(data?.changes.length ?? 0) > 0} />
      ) : (
        <ListAndDetail
          width={width}
          list={<ChangesList changes={changes} chosen={change?.path} onChoose={choose} />}
          detail={
            change && (
              <ChangedFile
                sessionId={sessionId}
                change={change}
                position={changes.indexOf(change) + 1}
                count={changes.length}
                stamp={dataUpdatedAt}
                onStep={step}
              />
            )
          }
          isChosen={change !== undefined}
          back="All files"
          onBack={() => choose(undefined)}
        />
      )}
    </div>
  );
}

/** Elsewhere in the page these keys are the conversation's. */
function hearStepKey(event: KeyboardEvent, step: (by: -1 | 1) => void): void {
  const isField = event.target instanceof HTMLElement && event.target.closest('input, [contenteditable=true]') !== null;
  if (isField || event.ctrlKey || event.metaKey || event.altKey || (event.key !== 'j' && event.key !== 'k')) return;
  event.preventDefault();
  step(event.key === 'j' ? 1 : -1);
}

function NothingChanged({ isKnown, isFiltered }: { isKnown: boolean; isFiltered: boolean }) {
  if (!isKnown)
    return (
      <p role="status" className="p-4 text-sm text-muted">
        Looking for changes. A sandbox that sleeps is woken for it.
      </p>
    );
  if (isFiltered) return <EmptyState title="No changed file has that in its path" />;
  return (
    <EmptyState title="Nothing has changed yet">
      What the agent writes or deletes is shown here as it happens.
    </EmptyState>
  );
}
