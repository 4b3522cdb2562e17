// What the agent waits for, above the message box: each is answered in place.
import { CircleHelp, ListChecks, ShieldQuestion } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import type { SessionView, WaitingFor } from '../lucid.ts';
import { Button } from '../ui/button.tsx';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { inputClass } from '../ui/field.tsx';
import { useToast } from '../ui/toast.tsx';
import { describeCall, readEdited } from './describe-call.ts';

type Answering = Pick<SessionView, 'answer' | 'decide'>;

export function WaitingList({ view }: { view: SessionView }) {
  const waits = view.status === 'waiting' ? (view.now?.waitingFor ?? []) : [];
  if (waits.length === 0) return null;
  return (
    <section
      aria-label="The agent waits for you"
      className="max-h-[50vh] overflow-y-auto border-t border-line bg-warn-soft"
    >
      <ul className="mx-auto grid w-full max-w-4xl gap-3 px-4 py-3">
        {waits.map((wait) => (
          <li key={wait.toolCallId} className="rounded-md border border-line-strong bg-surface p-3">
            <WaitCard wait={wait} view={view} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function WaitCard({ wait, view }: { wait: WaitingFor; view: Answering }) {
  if (wait.kind === 'question') return <QuestionCard wait={wait} view={view} />;
  return wait.kind === 'plan' ? <PlanCard wait={wait} view={view} /> : <ApprovalCard wait={wait} view={view} />;
}

type CardProps = { wait: WaitingFor; view: Answering };

/** One answer at a time: the second is refused by the engine, which a press too many should not show. */
function useAnswering(act: string): [isBusy: boolean, send: (answered: Promise<unknown>) => void] {
  const toast = useToast();
  const [isBusy, setBusy] = useState(false);
  const send = (answered: Promise<unknown>) => {
    setBusy(true);
    answered.catch((error: Error) => {
      setBusy(false);
      toast(`${act} failed: ${error.message}`, true);
    });
  };
  return [isBusy, send];
}

function Head({ icon: Icon, title, until }: { icon: typeof CircleHelp; title: string; until: string }) {
  return (
    <p className="flex items-center gap-2 pb-2 text-sm font-semibold">
      <Icon className="size-4 shrink-0 text-warn" aria-hidden="true" />
      {title}
      <span className="ml-auto text-xs font-normal text-muted">until {new Date(until).toLocaleString('en')}</span>
    </p>
  );
}

const Said = ({ text }: { text: string }) => (
  <p className="max-h-60 overflow-y-auto pb-2 wrap-break-word whitespace-pre-wrap">
    <DeceptiveText text={text} />
  </p>
);

const Buttons = ({ children }: { children: ReactNode }) => <div className="flex flex-wrap gap-2 pt-2">{children}</div>;

function QuestionCard({ wait, view }: CardProps) {
  const [text, setText] = useState('');
  const [isBusy, send] = useAnswering('Answering');
  const id = useId();
  const answer = (content: string) => content.trim() !== '' && send(view.answer(wait.toolCallId, content.trim()));
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        answer(text);
      }}
    >
      <Head icon={CircleHelp} title="The agent asks" until={wait.until} />
      <Said text={wait.text} />
      {wait.options && (
        <div className="flex flex-wrap gap-2 pb-2">
          {wait.options.map((option) => (
            <Button key={option} disabled={isBusy} onClick={() => answer(option)} className="py-1 text-left">
              <DeceptiveText text={option} />
            </Button>
          ))}
        </div>
      )}
      <label htmlFor={id} className="sr-only">
        Your answer
      </label>
      <div className="flex gap-2">
        <input
          id={id}
          value={text}
          placeholder="Your answer"
          onChange={(event) => setText(event.target.value)}
          className={inputClass}
        />
        <Button type="submit" tone="primary" disabled={isBusy || text.trim() === ''}>
          Answer
        </Button>
      </div>
    </form>
  );
}

/** Words for the agent, which go with a refusal. */
function Words({ value, onChange, label }: { value: string; onChange(text: string): void; label: string }) {
  const id = useId();
  return (
    <>
      <label htmlFor={id} className="sr-only">
        {label}
      </label>
      <input
        id={id}
        value={value}
        placeholder={label}
        onChange={(event) => onChange(event.target.value)}
        className={inputClass}
      />
    </>
  );
}

function ApprovalCard({ wait, view }: CardProps) {
  const described = describeCall(wait);
  const [edited, setEdited] = useState(described.text);
  const [words, setWords] = useState('');
  const [problem, setProblem] = useState('');
  const [isBusy, send] = useAnswering('Deciding');
  const id = useId();
  const decide = (decision: 'allow' | 'allowForSession' | 'deny') => {
    const change = decision === 'deny' ? undefined : readEdited(wait, edited);
    if (change && 'problem' in change) return setProblem(change.problem);
    const said = words.trim() === '' ? {} : { message: words.trim() };
    send(view.decide({ toolCallId: wait.toolCallId, decision, ...said, ...change }));
  };
  return (
    <div>
      <Head icon={ShieldQuestion} title={`May it use ${described.tool}?`} until={wait.until} />
      <Said text={wait.text} />
      <label htmlFor={id} className="sr-only">
        What it would run; it can be changed
      </label>
      <textarea
        id={id}
        rows={countRows(edited)}
        readOnly={!wait.input}
        spellCheck={false}
        value={edited}
        onChange={(event) => {
          setProblem('');
          setEdited(event.target.value);
        }}
        className={`${inputClass} mb-2 py-1.5 font-mono text-sm`}
      />
      <p role="alert" className="pb-2 text-sm text-bad empty:hidden">
        {problem}
      </p>
      <Words label="Words for the agent, such as what to do instead" value={words} onChange={setWords} />
      <Buttons>
        <Button tone="primary" disabled={isBusy} onClick={() => decide('allow')}>
          Allow
        </Button>
        {wait.allows && wait.allows.length > 0 && (
          <Button disabled={isBusy} onClick={() => decide('allowForSession')}>
            Allow for this session
          </Button>
        )}
        <Button tone="danger" disabled={isBusy} onClick={() => decide('deny')}>
          Deny
        </Button>
      </Buttons>
      {wait.allows && wait.allows.length > 0 && (
        <p className="pt-2 text-xs text-muted">
          For this session, too: <DeceptiveText text={wait.allows.join(', ')} />
        </p>
      )}
    </div>
  );
}

const charactersOfRow = 80;
const rowsMax = 8;
/** Long lines are broken in the box, on a phone into more rows than this counts; the box scrolls then. */
function countRows(text: string): number {
  const rows = text.split('\n').map((line) => Math.max(1, Math.ceil(line.length / charactersOfRow)));
  return Math.min(
    rowsMax,
    rows.reduce((sum, count) => sum + count, 0),
  );
}

function PlanCard({ wait, view }: CardProps) {
  const [words, setWords] = useState('');
  const [isBusy, send] = useAnswering('Deciding');
  const decide = (decision: 'allow' | 'deny') =>
    send(view.decide({ toolCallId: wait.toolCallId, decision, ...(words.trim() !== '' && { message: words.trim() }) }));
  return (
    <div>
      <Head icon={ListChecks} title="The agent has a plan" until={wait.until} />
      <Said text={wait.text} />
      <Words label="Words for the agent, such as what to change" value={words} onChange={setWords} />
      <Buttons>
        <Button tone="primary" disabled={isBusy} onClick={() => decide('allow')}>
          Go ahead
        </Button>
        <Button disabled={isBusy} onClick={() => decide('deny')}>
          Send it back
        </Button>
      </Buttons>
    </div>
  );
}
