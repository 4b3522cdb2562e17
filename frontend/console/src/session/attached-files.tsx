// The files that go with a message, each with its size and how it fares.
import { File, X } from 'lucide-react';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { formatBytes } from '../ui/format.ts';
import type { AttachedFile } from './use-attached-files.ts';

type AttachedFilesProps = { files: readonly AttachedFile[]; isSending: boolean; onRemove(id: number): void };

export function AttachedFiles({ files, isSending, onRemove }: AttachedFilesProps) {
  if (files.length === 0) return null;
  return (
    <>
      <ul aria-label="Files of this message" className="flex flex-wrap gap-1 pb-2">
        {files.map(({ id, name, file, state }) => (
          <li
            key={id}
            className={`flex max-w-full items-center gap-1.5 rounded-md border border-line pl-2 text-sm ${state === 'refused' ? 'bg-bad-soft' : 'bg-sunken'}`}
          >
            <File className="size-4 shrink-0 text-muted" aria-hidden="true" />
            <span className="truncate">
              <DeceptiveText text={name} />
            </span>
            <span className={`shrink-0 text-xs ${state === 'refused' ? 'text-bad' : 'text-muted'}`}>
              {wordOf(state, file.size)}
            </span>
            <button
              type="button"
              aria-label={`Leave out ${name}`}
              disabled={isSending}
              onClick={() => onRemove(id)}
              className="grid size-7 shrink-0 place-items-center rounded-md text-muted hover:text-text disabled:opacity-50"
            >
              <X className="size-3.5" aria-hidden="true" />
            </button>
          </li>
        ))}
      </ul>
      <div role="status">
        {files.map(
          ({ id, name, problem }) =>
            problem !== undefined && (
              <p key={id} className="pb-2 text-sm text-bad">
                <DeceptiveText text={name} /> can’t go with the message: {problem}
              </p>
            ),
        )}
      </div>
    </>
  );
}

function wordOf(state: AttachedFile['state'], bytes: number): string {
  if (state === 'sending') return 'on its way…';
  if (state === 'refused') return 'refused';
  return state === 'done' ? 'in the workspace' : formatBytes(bytes);
}
