// The files that go with a task or a message, each with its size, and why others don't.
import { File, X } from 'lucide-react';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { formatBytes } from '../ui/format.ts';
import type { MessageFiles } from './use-message-files.ts';

type MessageFilesListProps = { label: string; files: MessageFiles; isSending: boolean };

export const MessageFilesList = ({ label, files: { all, refused, remove }, isSending }: MessageFilesListProps) => (
  <>
    {all.length > 0 && (
      <ul aria-label={label} className="flex flex-wrap gap-1 pb-2">
        {all.map(({ id, file: { name, size } }) => (
          <li
            key={id}
            className="flex max-w-full items-center gap-1.5 rounded-md border border-line bg-sunken pl-2 text-sm"
          >
            <File className="size-4 shrink-0 text-muted" aria-hidden="true" />
            <span className="truncate">
              <DeceptiveText text={name} />
            </span>
            <span className="shrink-0 text-xs text-muted">{isSending ? 'on its way…' : formatBytes(size)}</span>
            <button
              type="button"
              aria-label={`Leave out ${name}`}
              disabled={isSending}
              onClick={() => remove(id)}
              className="grid size-7 shrink-0 place-items-center rounded-md text-muted hover:text-text disabled:opacity-50 pointer-coarse:size-10"
            >
              <X className="size-3.5" aria-hidden="true" />
            </button>
          </li>
        ))}
      </ul>
    )}
    <div role="alert" className="grid gap-1 pb-2 text-sm text-bad empty:hidden">
      {refused.map(({ name, problem }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the list changes as a whole, and names may be the same.
        <p key={at} className="wrap-anywhere">
          <DeceptiveText text={name} /> wasn’t added. {problem}
        </p>
      ))}
    </div>
  </>
);
