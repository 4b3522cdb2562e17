// The form around a message: files that are dropped on it or pasted into it go with the message.
import type { ReactNode } from 'react';
import { type Give, useTakingFiles } from '../attachments/use-taking-files.ts';

type MessageFormProps = { onSend(): void; onGive: Give; children: ReactNode };

export function MessageForm({ onSend, onGive, children }: MessageFormProps) {
  const { handlers, isAbove } = useTakingFiles(onGive);
  return (
    <form
      className={`border-t border-line py-3 ${isAbove ? 'bg-accent-soft' : ''}`}
      onSubmit={(event) => {
        event.preventDefault();
        onSend();
      }}
      {...handlers}
    >
      <div className="mx-auto w-full max-w-4xl px-4">{children}</div>
    </form>
  );
}
