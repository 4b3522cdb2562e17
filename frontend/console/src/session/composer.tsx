// The box in which one says more: Enter sends, Shift+Enter begins a line, the arrow up brings back what was said.
import { ArrowUp, SlidersHorizontal, Square } from 'lucide-react';
import { type KeyboardEvent, type RefObject, useId, useMemo, useRef, useState } from 'react';
import { useOfferActs } from '../app/palette-acts.ts';
import { useShortcut } from '../app/use-shortcut.ts';
import { AttachButton } from '../attachments/attach-button.tsx';
import { MessageFilesList } from '../attachments/message-files-list.tsx';
import { MessageChoicePanel } from '../choices/message-choice-panel.tsx';
import type { MessageOptions, SessionView } from '../lucid.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { useToast } from '../ui/toast.tsx';
import { EndedSession } from './ended-session.tsx';
import { MessageForm } from './message-form.tsx';
import { browseHistory, emptyDraft } from './message-history.ts';
import { hasEnded } from './status.ts';
import { useDraft } from './use-draft.ts';
import { useSending } from './use-sending.ts';

/** `chatId`: from which an ended session is continued; undefined until it is known. */
type ComposerProps = {
  sessionId: string;
  chatId: string | undefined;
  view: SessionView;
  isWorking: boolean;
  /** Messages that were said and aren't taken yet. */
  waitingCount: number;
  say(text: string, options: MessageOptions): Promise<void>;
};

export function Composer({ sessionId, chatId, view, isWorking, waitingCount, say }: ComposerProps) {
  const toast = useToast();
  const box = useRef<HTMLTextAreaElement>(null);
  const [draft, setDraft] = useDraft(sessionId);
  const [isChoosing, setChoosing] = useState(false);
  const choicesId = useId();
  const sending = useSending({ sessionId, draft, setDraft, say });
  const { files } = sending;
  const interrupt = () =>
    void view.interrupt().catch((error: Error) => toast(`Interrupting failed: ${error.message}`, true));
  useShortcut('escape', () => isWorking && interrupt());
  useOfferedActs(box, view, isWorking);
  if (hasEnded(view.status)) return <EndedSession chatId={chatId} />;
  const send = () => {
    setChoosing(false);
    sending.send();
  };
  const hearKey = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      send();
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
    <MessageForm onSend={send} onGive={files.give}>
      <Queued count={waitingCount} />
      <MessageChoicePanel id={choicesId} isOpen={isChoosing} choice={sending.choice} onChange={sending.choose} />
      <MessageFilesList label="Files of this message" files={files} isSending={sending.isSending} />
      <p role="alert" className="pb-2 text-sm wrap-anywhere text-bad empty:hidden">
        {sending.problem !== undefined && `Your message was not sent. ${sending.problem}`}
      </p>
      <div className="flex items-end gap-1 rounded-md border border-line-strong bg-surface p-1 focus-within:outline-2 focus-within:outline-accent">
        <AttachButton label="Files for the message" isOff={sending.isSending} onGive={files.give} />
        <IconButton
          label="Model and limits of this message"
          aria-expanded={isChoosing}
          aria-controls={choicesId}
          onClick={() => setChoosing(!isChoosing)}
        >
          <SlidersHorizontal className="size-4" aria-hidden="true" />
        </IconButton>
        <textarea
          ref={box}
          aria-label="Message to the agent"
          placeholder={isWorking ? 'Say more: it is read before the next step' : 'What next?'}
          rows={Math.min(8, draft.text.split('\n').length)}
          value={draft.text}
          readOnly={sending.isSending}
          onChange={(event) => {
            setDraft({ ...emptyDraft, text: event.target.value });
            sending.forgetProblem();
          }}
          onKeyDown={hearKey}
          className="max-h-48 min-w-0 flex-1 resize-none bg-transparent [field-sizing:content] px-1 py-1 outline-none placeholder:truncate placeholder:text-muted"
        />
        {isWorking && (
          <Button aria-label="Interrupt (Esc)" title="Interrupt (Esc)" className="px-2" onClick={interrupt}>
            <Square className="size-3 fill-current" aria-hidden="true" />
            <span className="max-sm:hidden">Interrupt</span>
          </Button>
        )}
        <IconButton label="Send (Enter)" type="submit" tone="primary" disabled={sending.isEmpty || sending.isSending}>
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
