// The button by which files of this machine are chosen for a task or a message.
import { Paperclip } from 'lucide-react';
import { useRef } from 'react';
import { IconButton } from '../ui/button.tsx';
import type { Give } from './use-taking-files.ts';

type AttachButtonProps = { label: string; isOff?: boolean; onGive: Give };

export function AttachButton({ label, isOff = false, onGive }: AttachButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <IconButton label="Add files" disabled={isOff} onClick={() => input.current?.click()}>
        <Paperclip className="size-4" aria-hidden="true" />
      </IconButton>
      <input
        ref={input}
        type="file"
        multiple
        aria-label={label}
        tabIndex={-1}
        disabled={isOff}
        className="sr-only"
        onChange={(event) => {
          onGive([...(event.target.files ?? [])].map((file) => ({ file, name: file.name })));
          event.target.value = ''; // The same file can be chosen again.
        }}
      />
    </>
  );
}
