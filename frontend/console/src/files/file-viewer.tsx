// The chosen file: its text, part by part where it is large, its image, or that it is neither.
import { useQuery } from '@tanstack/react-query';
import { ChevronLeft, ChevronRight, Download } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useLucid } from '../lucid.ts';
import { IconButton } from '../ui/button.tsx';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Failure } from '../ui/failure.tsx';
import { formatBytes } from '../ui/format.ts';
import { definePart } from '../ui/part.tsx';
import { useToast } from '../ui/toast.tsx';
import { StaleNote } from '../workspace/stale-note.tsx';
import { useRefresh } from '../workspace/use-refresh.ts';
import { downloadFile } from './download-file.ts';
import { ImageView } from './image-view.tsx';
import { readShown, type ShownFile, shownBytesMax } from './read-file.ts';

const CodeView = definePart(() => import('../code/code-view.tsx').then((module) => module.default), <Waiting />);

/** `version`: another one when the file may have changed. */
type FileViewerProps = { sessionId: string; path: string; version: number };

export function FileViewer({ sessionId, path, version }: FileViewerProps) {
  const lucid = useLucid();
  const [part, setPart] = useState(0);
  const { data, error, isFetching, refetch, dataUpdatedAt } = useQuery({
    queryKey: ['file', sessionId, path, part],
    queryFn: () => readShown(lucid, sessionId, path, part * shownBytesMax),
    refetchOnWindowFocus: false,
  });
  useRefresh(version, isFetching, () => void refetch());
  return (
    <section aria-label="Chosen file" className="flex h-full min-h-0 flex-col">
      <FileBar sessionId={sessionId} path={path} file={data} part={part} onPart={setPart} />
      {data && <StaleNote error={error} />}
      {error && !data ? (
        <div className="p-4">
          <Failure error={error} doing="Reading the file" retry={() => void refetch()} />
        </div>
      ) : (
        <Content sessionId={sessionId} path={path} file={data} part={part} stamp={dataUpdatedAt} />
      )}
    </section>
  );
}

type ContentProps = { sessionId: string; path: string; file: ShownFile | undefined; part: number; stamp: number };

function Content({ sessionId, path, file, part, stamp }: ContentProps) {
  if (!file) return <Waiting />;
  const { image, text, size } = file;
  if (image) return <ImageView sessionId={sessionId} path={path} image={image} size={size} version={stamp} />;
  if (text === undefined)
    return <EmptyState title="A binary file">{formatBytes(size)} that are no text. It can be downloaded.</EmptyState>;
  if (size === 0) return <EmptyState title="The file is empty" />;
  return <CodeView key={part} path={path} text={showLineEnds(text)} hasNumbers={part === 0} />;
}

/** Where all lines end as on Windows, that is told once, not by a sign in each. */
const showLineEnds = (text: string): string => (/[^\r]\n|^\n/.test(text) ? text : text.replaceAll('\r\n', '\n'));

function Waiting() {
  return (
    <p role="status" className="p-4 text-sm text-muted">
      Reading the file…
    </p>
  );
}

type FileBarProps = Pick<ContentProps, 'sessionId' | 'path' | 'file' | 'part'> & { onPart(part: number): void };

function FileBar({ sessionId, path, file, part, onPart }: FileBarProps) {
  const lucid = useLucid();
  const toast = useToast();
  const leaving = useRef<AbortController>(null);
  const [isSaving, setSaving] = useState(false);
  useEffect(() => () => leaving.current?.abort(), []);
  const save = () => {
    leaving.current = new AbortController();
    setSaving(true);
    downloadFile(lucid, sessionId, path, leaving.current.signal)
      .catch((error: Error) => toast(`The download failed: ${error.message}`, true))
      .finally(() => setSaving(false));
  };
  const parts = Math.ceil((file?.size ?? 0) / shownBytesMax);
  const isInParts = parts > 1 && file?.text !== undefined && !file.image;
  return (
    <div className="flex flex-wrap items-center gap-1 border-b border-line py-1 pr-2 pl-3">
      <h2 className="min-w-0 flex-1 basis-32 font-mono text-sm">
        <DeceptiveText text={path.replace(/^\/workspace\//, '')} />
      </h2>
      {file && (
        <span className="text-xs whitespace-nowrap text-muted">
          {formatBytes(file.size)}
          {file.text?.includes('\r\n') && ' · CRLF'}
        </span>
      )}
      {isInParts && (
        <span className="flex items-center text-xs whitespace-nowrap text-muted">
          <IconButton label="The part before" onClick={() => onPart(part - 1)} disabled={part === 0}>
            <ChevronLeft className="size-4" aria-hidden="true" />
          </IconButton>
          part {part + 1} of {parts}
          <IconButton label="The next part" onClick={() => onPart(part + 1)} disabled={part + 1 >= parts}>
            <ChevronRight className="size-4" aria-hidden="true" />
          </IconButton>
        </span>
      )}
      <IconButton label="Download this file" onClick={save} disabled={isSaving}>
        <Download className="size-4" aria-hidden="true" />
      </IconButton>
    </div>
  );
}
