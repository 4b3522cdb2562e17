// The workspace's files: a tree, the one that is chosen, and the way in for files of one's own.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { type Session, type SessionEvent, useLucid } from '../lucid.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { findFilesEvent } from '../workspace/find-files-event.ts';
import { bothMin, ListAndDetail } from '../workspace/list-and-detail.tsx';
import { LookingFailure } from '../workspace/looking-failure.tsx';
import { StaleNote } from '../workspace/stale-note.tsx';
import { useRefresh } from '../workspace/use-refresh.ts';
import { useWidth } from '../workspace/use-width.ts';
import { type Standing, WorkspaceGate } from '../workspace/workspace-gate.tsx';
import { DropZone } from './drop-zone.tsx';
import { FileTree } from './file-tree.tsx';
import { FileViewer } from './file-viewer.tsx';
import { FilesBar } from './files-bar.tsx';
import { ReplaceDialog } from './replace-dialog.tsx';
import { findNode } from './tree-rows.ts';
import { UploadsPanel } from './uploads-panel.tsx';
import { useGivenFiles } from './use-given-files.ts';

export type FilesTabProps = {
  sessionId: string;
  /** What was heard of the session: after some of it the files may be others. */
  events: readonly SessionEvent[];
  /** For the trees that it is sent; null until a page is mounted. */
  session: Session | null;
  standing: Standing | undefined;
  isReadOnly: boolean;
};

export const FilesTab = ({ standing, ...rest }: FilesTabProps) => (
  <WorkspaceGate sessionId={rest.sessionId} standing={standing} what="its files">
    <OpenFiles {...rest} />
  </WorkspaceGate>
);

function OpenFiles({ sessionId, events, session, isReadOnly }: Omit<FilesTabProps, 'standing'>) {
  const [watch, width] = useWidth();
  const version = findFilesEvent(events);
  const { data, error, isFetching, refetch } = useTree(sessionId, session, version);
  const [chosen, choose] = useState<string>();
  const [active, setActive] = useState<string>();
  const tree = data?.tree;
  const given = useGivenFiles(sessionId, tree);
  if (error && !data) return <LookingFailure error={error} doing="Looking for files" retry={() => void refetch()} />;
  const target = folderOf(active, tree);
  return (
    <div ref={watch} className="h-full min-h-0">
      <DropZone isOff={isReadOnly} target={target} onGive={given.give}>
        {(above) => (
          <div className="flex h-full min-h-0 flex-col">
            {!(chosen !== undefined && width < bothMin) && (
              <FilesBar
                sessionId={sessionId}
                target={target}
                isCut={data?.truncated === true}
                isReadOnly={isReadOnly}
                isAsking={isFetching}
                onGive={(files) => given.give(files, target)}
                onRefresh={() => void refetch()}
              />
            )}
            <StaleNote error={error} />
            {!tree || tree.length === 0 ? (
              <NoFiles isKnown={tree !== undefined} isReadOnly={isReadOnly} />
            ) : (
              <ListAndDetail
                width={width}
                list={<FileTree tree={tree} chosen={chosen} target={above} onChoose={choose} onActive={setActive} />}
                detail={
                  chosen === undefined ? (
                    <EmptyState title="Choose a file to read it" />
                  ) : (
                    <FileViewer key={chosen} sessionId={sessionId} path={chosen} version={version} />
                  )
                }
                isChosen={chosen !== undefined}
                back="All files"
                onBack={() => choose(undefined)}
              />
            )}
            <UploadsPanel uploads={given.uploads} />
          </div>
        )}
      </DropZone>
      <ReplaceDialog paths={given.replaced} onAnswer={given.answer} />
    </div>
  );
}

/** The tree as it was asked for, and as each frame of the session tells it anew. */
function useTree(sessionId: string, session: Session | null, version: number) {
  const lucid = useLucid();
  const queries = useQueryClient();
  const answer = useQuery({
    queryKey: ['files', sessionId],
    queryFn: () => lucid.files.list(sessionId),
    refetchOnWindowFocus: false,
  });
  useEffect(
    () =>
      session?.on('transient', (frame) => {
        if (frame.type !== 'file_tree') return;
        const { tree, truncated } = frame;
        queries.setQueryData(['files', sessionId], { tree, ...(truncated && { truncated }) });
      }),
    [session, sessionId, queries],
  );
  useRefresh(version, answer.isFetching, () => void answer.refetch()); // Frames are lost while the connection is.
  return answer;
}

/** Where files go: into the folder that the keyboard is at, or the one around it. */
function folderOf(active: string | undefined, tree: Parameters<typeof findNode>[0] | undefined): string {
  const node = active !== undefined && tree ? findNode(tree, active) : undefined;
  if (!node) return '/workspace';
  return node.type === 'folder' ? node.path : node.path.slice(0, node.path.lastIndexOf('/'));
}

function NoFiles({ isKnown, isReadOnly }: { isKnown: boolean; isReadOnly: boolean }) {
  if (!isKnown)
    return (
      <p role="status" className="flex-1 p-4 text-sm text-muted">
        Looking for files. A sandbox that sleeps is woken for it.
      </p>
    );
  return (
    <div className="flex-1">
      <EmptyState title="The workspace is empty">
        {isReadOnly
          ? 'What the agent writes is shown here.'
          : 'Drop files here for the agent, or give it a task that makes some.'}
      </EmptyState>
    </div>
  );
}
