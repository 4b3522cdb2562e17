// The field in which a task begins: Enter starts it and goes to its session, Shift+Enter begins a line.
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { ArrowUp, SlidersHorizontal } from 'lucide-react';
import { type KeyboardEvent, useId, useMemo, useRef, useState } from 'react';
import { useOfferActs } from '../app/palette-acts.ts';
import { useShortcut } from '../app/use-shortcut.ts';
import { AttachButton } from '../attachments/attach-button.tsx';
import { MessageFilesList } from '../attachments/message-files-list.tsx';
import { useTakingFiles } from '../attachments/use-taking-files.ts';
import { useLucid } from '../lucid.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { nameOfRepository } from '../ui/repository.ts';
import { isAboutOptions } from './creation-problem.ts';
import { NewTaskOptions } from './new-task-options.tsx';
import type { Choices } from './remembered-choices.ts';
import { type NewTaskState, useNewTask } from './use-new-task.ts';

/** `isFirst`: whether it is somebody's first, for which there are examples. */
export function NewTask({ isFirst }: { isFirst: boolean }) {
  const lucid = useLucid();
  const client = useQueryClient();
  const navigate = useNavigate();
  const field = useRef<HTMLTextAreaElement>(null);
  const [isOpen, open] = useState(false);
  const task = useNewTask((sessionId) => {
    void client.prefetchQuery({ queryKey: ['session', sessionId], queryFn: () => lucid.sessions.read(sessionId) });
    void navigate({ to: '/sessions/$sessionId', params: { sessionId } });
  });
  useShortcut('n', () => field.current?.focus());
  useOfferActs(useMemo(() => [{ label: 'Write a new task', keys: 'N', act: () => field.current?.focus() }], []));
  const { handlers, isAbove } = useTakingFiles(task.files.give);
  const areOptionsShown = isOpen || isAboutOptions(task.problems);
  const id = useId();
  const form = (
    <form
      aria-label="New task"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        task.start();
      }}
      {...handlers}
      className={`mx-4 grid rounded-md border border-line-strong sm:mx-0 ${isAbove ? 'bg-accent-soft' : 'bg-surface'}`}
    >
      <TaskField field={field} id={id} task={task} />
      <div className="px-4 empty:hidden">
        <MessageFilesList label="Files of this task" files={task.files} isSending={task.isStarting} />
        <p role="alert" className="pb-2 text-sm wrap-anywhere text-bad empty:hidden">
          {task.problems.files}
        </p>
      </div>
      <div className="flex items-center gap-2 p-2 pt-0">
        <AttachButton label="Files for the task" isOff={task.isStarting} onGive={task.files.give} />
        <Button
          tone="quiet"
          aria-expanded={areOptionsShown}
          aria-controls={`${id}-options`}
          onClick={() => open(!areOptionsShown)}
          className="shrink-0"
        >
          <SlidersHorizontal className="size-4" aria-hidden="true" /> Options
        </Button>
        <span className="min-w-0 flex-1 truncate text-sm text-muted">{describeChoices(task.choices)}</span>
        <IconButton
          label="Start (Enter)"
          type="submit"
          tone="primary"
          disabled={task.text.trim() === '' || task.isStarting}
        >
          <ArrowUp className="size-4" aria-hidden="true" />
        </IconButton>
      </div>
      <div id={`${id}-options`} hidden={!areOptionsShown}>
        {areOptionsShown && <NewTaskOptions task={task} />}
      </div>
    </form>
  );
  return (
    <>
      {form}
      {isFirst && (
        <Examples
          onChoose={(text) => {
            task.setText(text);
            field.current?.focus();
          }}
        />
      )}
    </>
  );
}

const examples = [
  'Write a program that greets whoever runs it, with a test',
  'Find out what this repository does, and explain it in ten lines',
  'Run the tests, and mend the first one that fails',
];

/** Each fills the field, where one may change it before it starts. */
const Examples = ({ onChoose }: { onChoose(text: string): void }) => (
  <section aria-labelledby="task-examples" className="grid gap-2 px-4 sm:px-0">
    <h2 id="task-examples" className="text-sm font-semibold">
      For example
    </h2>
    <ul className="grid justify-items-start gap-2">
      {examples.map((text) => (
        <li key={text}>
          <Button onClick={() => onChoose(text)} className="py-1.5 text-left">
            {text}
          </Button>
        </li>
      ))}
    </ul>
  </section>
);

/** Whoever writes a task is about to see its page, which is there by then. */
const loadSessionPage = () => void import('../session/session-page.tsx').catch(() => undefined); // Opening it says so.

/** Rows of the field before it scrolls. */
const rowsMax = 12;

type TaskFieldProps = { field: React.RefObject<HTMLTextAreaElement | null>; id: string; task: NewTaskState };

function TaskField({ field, id, task }: TaskFieldProps) {
  const hearKey = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Escape') event.currentTarget.blur();
    if (event.key !== 'Enter' || event.shiftKey) return;
    event.preventDefault();
    task.start();
  };
  const problem = task.problems.task;
  return (
    <div className="grid gap-1 p-2">
      <textarea
        ref={field}
        aria-label="What should the agent do"
        aria-describedby={`${id}-problem`}
        aria-invalid={problem !== undefined}
        aria-keyshortcuts="n"
        placeholder="What should the agent do?"
        rows={Math.min(rowsMax, Math.max(2, task.text.split('\n').length))}
        value={task.text}
        readOnly={task.isStarting}
        onChange={(event) => task.setText(event.target.value)}
        onKeyDown={hearKey}
        onFocus={loadSessionPage}
        className="field-sizing-content max-h-[18lh] min-h-[2lh] w-full resize-none rounded-md bg-transparent px-2 py-1 placeholder:text-muted read-only:text-muted"
      />
      <p id={`${id}-problem`} role="alert" className="px-2 text-sm text-bad empty:hidden">
        {problem}
      </p>
    </div>
  );
}

const modeWords: Record<string, string> = { ask: 'asks first', plan: 'plans first', 'read-only': 'only looks' };

/** What is chosen behind the button, since it holds also while it isn't seen: above all where the agent works. */
function describeChoices({ repoUrl, branch, modelProvider, model, effort, budgetUsd, mode }: Choices): string {
  const parts = [
    repoUrl ? nameOfRepository(repoUrl) : 'in an empty folder',
    repoUrl && branch,
    model || modelProvider,
    effort && `${effort} effort`,
    budgetUsd && `$${budgetUsd} at most`,
    modeWords[mode] ?? '',
  ];
  return parts.filter((part) => part !== '').join(' · ');
}
