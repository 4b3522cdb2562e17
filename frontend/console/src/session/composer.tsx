// The box in which one says more: Enter sends, Shift+Enter begins a line, the arrow up brings back what was said.
import { ArrowUp, Square } from 'lucide-react';
import { type KeyboardEvent, type RefObject, useMemo, useRef, useState } from 'react';
import { useOfferActs } from '../app/palette-acts.ts';
import { useShortcut } from '../app/use-shortcut.ts';
import type { SessionView } from '../lucid.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { useToast } from '../ui/toast.tsx';
import { AttachedFiles } from './attached-files.tsx';
import { EndedSession } from './ended-session.tsx';
import { AttachButton, MessageForm } from './message-form.tsx';
import { browseHistory, emptyDraft } from './message-history.ts';
import { nameFiles } from './name-files.ts';
import { hasEnded } from './status.ts';
import { useAttachedFiles } from './use-attached-files.ts';
import { useDraft } from './use-draft.ts';

/** `chatId`: from which an ended session is continued; undefined until it is known. */
type ComposerProps = {
  sessionId: string;
  chatId: string | undefined;
  view: SessionView;
  isWorking: boolean;
  /** Messages that were said and aren't taken yet. */
  waitingCount: number;
  say(text: string): Promise<void>;
};

export function Composer({ sessionId, chatId, view, isWorking, waitingCount, say }: ComposerProps) {
  const toast = useToast();
  const box = useRef<HTMLTextAreaElement>(null);
  const [draft, setDraft] = useDraft(sessionId);
  const files = useAttachedFiles(sessionId);
  const [isSending, setSending] = useState(false);
  const interrupt = () =>
    void view.interrupt().catch((error: Error) => toast(`Interrupting failed: ${error.message}`, true));
  useShortcut('escape', () => isWorking && interrupt());
  useOfferedActs(box, view, isWorking);
  if (hasEnded(view.status)) return <EndedSession chatId={chatId} />;
  const isEmpty = draft.text.trim() === '' && files.all.length === 0;
  const send = async () => {
    const text = draft.text.trim();
    if (isEmpty || isSending) return;
    setSending(true);
    let message = text;
    try {
      message = nameFiles(text, await files.uploadAll());
      setDraft(emptyDraft);
      files.clear();
      setSending(false);
      await say(message);
    } catch (error) {
      setSending(false);
      setDraft((now) => (now.text === '' ? { ...emptyDraft, text: message } : now));
      toast(`Your message was not sent: ${(error as Error).message}`, true);
    }
  };
  const hearKey = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      void send();
    } else if (event.key === 'Escape' && isWorking) {
      event.preventDefault();
      interrupt();
    } else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      const next = browseHistory(draft, listSaid(view.events), event.key === 'ArrowUp' ? -1 : 1);
      if (!next) return;
      event.preventDefault();
      setDraft(next);
    }
  };
  return (
    <MessageForm onSend={() => void send()} onGive={files.add}>
      <Queued count={waitingCount} />
      <AttachedFiles files={files.all} isSending={isSending} onRemove={files.remove} />
      <div className="flex items-end gap-1 rounded-md border border-line-strong bg-surface p-1 focus-within:outline-2 focus-within:outline-accent">
        <AttachButton onGive={files.add} />
        <textarea
          ref={box}
          aria-label="Message to the agent"
          placeholder={isWorking ? 'Say more: it is read before the next step' : 'What next?'}
          rows={Math.min(8, draft.text.split('\n').length)}
          value={draft.text}
          onChange={(event) => setDraft({ ...emptyDraft, text: event.target.value })}
          onKeyDown={hearKey}
          className="max-h-48 min-w-0 flex-1 resize-none bg-transparent [field-sizing:content] px-1 py-1 outline-none placeholder:truncate placeholder:text-muted"
        />
        {isWorking && (
          <Button aria-label="Interrupt (Esc)" title="Interrupt (Esc)" className="px-2" onClick={interrupt}>
            <Square className="size-3 fill-current" aria-hidden="true" />
            <span className="max-sm:hidden">Interrupt</span>
          </Button>
        )}
        <IconButton label="Send (Enter)" type="submit" tone="primary" disabled={isEmpty || isSending}>
          <ArrowUp className="size-4" aria-hidden="true" />
        </IconButton>
      </div>
    </MessageForm>
  );
}

function useOfferedActs(
  box: RefObject<HTMLTextAreaElement | null>,
  { interrupt }: SessionView,
  isWorking: boolean,
): void {
  const acts = useMemo(
    () => [
      { label: 'Write a message', act: () => box.current?.focus() },
      ...(isWorking
        ? [{ label: 'Interrupt the agent', keys: 'Esc', act: () => void interrupt().catch(() => undefined) }]
        : []),
    ],
    [box, interrupt, isWorking],
  );
  useOfferActs(acts);
}

const listSaid = (events: SessionView['events']): string[] =>
  events.flatMap((event) =>
    event.type === 'ack' && (event.eventType === 'InitialTask' || event.eventType === 'UserMessage')
      ? [event.content]
      : [],
  );

const Queued = ({ count }: { count: number }) => (
  <p role="status" className="px-2 pb-1 text-sm text-muted empty:hidden">
    {count > 0 && `${count === 1 ? 'A message waits' : `${count} messages wait`} to be sent.`}
  </p>
);
