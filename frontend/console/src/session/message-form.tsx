// The form around a message: files that are dropped on it or pasted into it go with the message.
import { Paperclip } from 'lucide-react';
import { type ReactNode, useRef, useState } from 'react';
import { IconButton } from '../ui/button.tsx';
import { useToast } from '../ui/toast.tsx';
import { type GivenFile, hasFiles, readGiven } from '../workspace/given-files.ts';

type Give = (files: readonly GivenFile[]) => void;
type MessageFormProps = { onSend(): void; onGive: Give; children: ReactNode };

export function MessageForm({ onSend, onGive, children }: MessageFormProps) {
  const toast = useToast();
  const [isAbove, setAbove] = useState(false);
  const take = (data: DataTransfer) => {
    const { files, hasFolders } = readGiven(data);
    if (hasFolders) toast('Folders can’t go with a message: give the files in them.', true);
    if (files.length > 0) onGive(files);
  };
  return (
    <form
      className={`border-t border-line py-3 ${isAbove ? 'bg-accent-soft' : ''}`}
      onSubmit={(event) => {
        event.preventDefault();
        onSend();
      }}
      onPaste={(event) => {
        const { clipboardData: data } = event;
        if (!hasFiles(data) || data.types.includes('text/plain')) return; // A copied table comes with its picture.
        event.preventDefault();
        take(data);
      }}
      onDragOver={(event) => {
        if (!hasFiles(event.dataTransfer)) return;
        event.preventDefault();
        setAbove(true);
      }}
      onDragLeave={() => setAbove(false)}
      onDrop={(event) => {
        if (!hasFiles(event.dataTransfer)) return;
        event.preventDefault();
        setAbove(false);
        take(event.dataTransfer);
      }}
    >
      <div className="mx-auto w-full max-w-4xl px-4">{children}</div>
    </form>
  );
}

export function AttachButton({ onGive }: { onGive: Give }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <IconButton label="Add files" onClick={() => input.current?.click()}>
        <Paperclip className="size-4" aria-hidden="true" />
      </IconButton>
      <input
        ref={input}
        type="file"
        multiple
        aria-label="Files for the message"
        tabIndex={-1}
        className="sr-only"
        onChange={(event) => {
          onGive([...(event.target.files ?? [])].map((file) => ({ file, name: file.name })));
          event.target.value = ''; // The same file can be chosen again.
        }}
      />
    </>
  );
}
