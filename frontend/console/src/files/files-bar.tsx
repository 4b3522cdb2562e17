// Above the tree of files: uploads, the whole workspace as an archive, and asking again.
import { RefreshCw, Upload } from 'lucide-react';
import { useRef } from 'react';
import { Button, IconButton } from '../ui/button.tsx';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { ArchiveLink } from '../workspace/archive-link.tsx';
import type { GivenFile } from '../workspace/given-files.ts';

type FilesBarProps = {
  sessionId: string;
  /** The folder that files are uploaded into. */
  target: string;
  /** Whether the workspace holds more than the tree shows. */
  isCut: boolean;
  isReadOnly: boolean;
  isAsking: boolean;
  onGive(files: readonly GivenFile[]): void;
  onRefresh(): void;
};

export function FilesBar({ sessionId, target, isCut, isReadOnly, isAsking, onGive, onRefresh }: FilesBarProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <div className="@container border-b border-line px-3 py-1.5 text-sm">
      <div className="flex flex-wrap items-center gap-1">
        {!isReadOnly && (
          <>
            <Button onClick={() => input.current?.click()}>
              <Upload className="size-4" aria-hidden="true" /> Upload
            </Button>
            <input
              ref={input}
              type="file"
              multiple
              aria-label="Files to upload"
              tabIndex={-1}
              className="sr-only"
              onChange={(event) => {
                onGive([...(event.target.files ?? [])].map((file) => ({ file, name: file.name })));
                event.target.value = ''; // The same file can be chosen again.
              }}
            />
            <span className="min-w-0 flex-1 truncate pl-1 text-xs text-muted">
              into <DeceptiveText text={target} />
            </span>
          </>
        )}
        <div className="ml-auto flex items-center">
          <ArchiveLink sessionId={sessionId} of="workspace">
            Workspace
          </ArchiveLink>
          <IconButton label="Refresh" onClick={onRefresh} disabled={isAsking}>
            <RefreshCw className="size-4" aria-hidden="true" />
          </IconButton>
        </div>
      </div>
      {isCut && <p className="text-muted">There are more files than are shown; the archive has all of them.</p>}
    </div>
  );
}
