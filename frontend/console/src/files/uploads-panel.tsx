// What is being uploaded, what arrived, and what was refused and why.
import { X } from 'lucide-react';
import { IconButton } from '../ui/button.tsx';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import type { UploadState, Uploads } from '../workspace/use-uploads.ts';

const words: Record<UploadState['state'], string> = {
  waiting: 'waits',
  sending: 'on its way…',
  done: 'is there',
  refused: 'refused',
};

export function UploadsPanel({ uploads }: { uploads: Uploads }) {
  const { all, clear } = uploads;
  if (all.length === 0) return null;
  const done = all.filter(({ state }) => state === 'done').length;
  const refused = all.filter(({ state }) => state === 'refused').length;
  return (
    <section aria-label="Uploads" className="max-h-48 overflow-y-auto border-t border-line bg-raised px-3 py-2 text-sm">
      <div className="flex items-center gap-2">
        <p role="status" className="whitespace-nowrap">
          {done} of {all.length} done{refused > 0 && `, ${refused} refused`}
        </p>
        <progress
          aria-label="Uploaded files"
          value={done + refused}
          max={all.length}
          className="h-2 min-w-0 flex-1 appearance-none rounded-sm bg-sunken [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-accent"
        />
        <IconButton label="Clear what is done" onClick={clear}>
          <X className="size-4" aria-hidden="true" />
        </IconButton>
      </div>
      <ul className="grid gap-1">
        {all.map(({ id, path, state, problem }) => (
          <li key={id} className="min-w-0">
            <span className="font-mono">
              <DeceptiveText text={path} />
            </span>{' '}
            <span className={state === 'refused' ? 'text-bad' : 'text-muted'}>
              {words[state]}
              {problem !== undefined && `: ${problem}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
