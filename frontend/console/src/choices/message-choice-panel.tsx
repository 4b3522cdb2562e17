// The fields of what a single message chooses, and the line that tells of it while they are closed.
import { useQuery } from '@tanstack/react-query';
import { useLucid } from '../lucid.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { choosableQuery } from './choosable.ts';
import { describeMessageChoice, type MessageChoice, noMessageChoice } from './message-choice.ts';
import { ModelFields } from './model-fields.tsx';

type PanelProps = { id: string; isOpen: boolean; choice: MessageChoice; onChange(choice: MessageChoice): void };

export function MessageChoicePanel({ id, isOpen, choice, onChange }: PanelProps) {
  const words = describeMessageChoice(choice);
  return (
    <>
      {!isOpen && words !== '' && (
        <p className="flex min-w-0 items-center gap-2 pb-2 text-sm">
          <span className="min-w-0 truncate text-muted">For this message: {words}</span>
          <Button tone="quiet" className="shrink-0" onClick={() => onChange(noMessageChoice)}>
            As the session has it
          </Button>
        </p>
      )}
      <section id={id} hidden={!isOpen} aria-label="Choices for this message">
        {isOpen && <Fields choice={choice} choose={(change) => onChange({ ...choice, ...change })} />}
      </section>
    </>
  );
}

type FieldsProps = { choice: MessageChoice; choose(change: Partial<MessageChoice>): void };

function Fields({ choice, choose }: FieldsProps) {
  const { data } = useQuery(choosableQuery(useLucid()));
  const numberOf = (name: 'budgetUsd' | 'maxIterations') => ({
    value: choice[name],
    onChange: (event: { target: HTMLInputElement }) => choose({ [name]: event.target.value }),
    placeholder: 'as the session has it',
  });
  return (
    <div className="mb-2 grid max-h-[40dvh] gap-3 overflow-y-auto rounded-md border border-line p-3 sm:grid-cols-2">
      <ModelFields
        models={data?.models ?? []}
        choice={choice}
        none={{ model: 'As the session has it', effort: 'As the session has it' }}
        choose={choose}
      />
      <Field label="Budget of the turn in US dollars" inputMode="decimal" {...numberOf('budgetUsd')} />
      <Field label="Steps at most" inputMode="numeric" {...numberOf('maxIterations')} />
      <p className="text-sm text-muted sm:col-span-2">
        For the turn that this message begins. A turn that goes on already takes it over from its next step.
      </p>
    </div>
  );
}
