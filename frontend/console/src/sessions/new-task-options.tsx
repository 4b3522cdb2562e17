// What a task may have beside its words: a repository, a model and how far it goes, keys of one's own.
import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { choosableQuery } from '../choices/choosable.ts';
import { ModelFields } from '../choices/model-fields.tsx';
import { useLucid } from '../lucid.ts';
import { Field, FieldFrame, inputClass } from '../ui/field.tsx';
import { SelectField } from '../ui/select-field.tsx';
import type { Choices, Secrets } from './remembered-choices.ts';
import type { NewTaskState } from './use-new-task.ts';

export function NewTaskOptions({ task }: { task: NewTaskState }) {
  const repositories = useId();
  const fieldOf = (name: keyof Choices) => ({
    value: task.choices[name],
    problem: task.problems[name],
    onChange: (event: { target: HTMLInputElement }) => task.choose({ [name]: event.target.value }),
  });
  const secretOf = (name: keyof Secrets) => ({
    value: task.secrets[name],
    problem: task.problems[name],
    onChange: (event: { target: HTMLInputElement }) => task.choose({ [name]: event.target.value }),
    type: 'password',
    autoComplete: 'off',
    spellCheck: false,
  });
  return (
    <div className="grid gap-4 border-t border-line p-4 sm:grid-cols-2">
      <Field
        label="Repository"
        placeholder="https://github.com/you/project"
        type="url"
        inputMode="url"
        list={repositories}
        spellCheck={false}
        {...fieldOf('repoUrl')}
      />
      <datalist id={repositories}>
        {task.repositories.map((url) => (
          <option key={url} value={url} />
        ))}
      </datalist>
      <Field label="Branch" placeholder="its default branch" spellCheck={false} {...fieldOf('branch')} />
      <Field
        label="Git token"
        hint="To clone what isn’t public, and to push. The agent doesn’t get to see it."
        {...secretOf('gitToken')}
      />
      <Field label="API key of your own" hint="In place of the engine’s, for this task." {...secretOf('apiKey')} />
      <WorkFields task={task} />
      <Field
        label="Project"
        hint="An id of your choice; programs find it with the chat, through the API."
        {...fieldOf('projectId')}
      />
      <Field label="Your name for commits" autoComplete="name" {...fieldOf('gitUserName')} />
      <Field label="Your e-mail for commits" type="email" autoComplete="email" {...fieldOf('gitUserEmail')} />
      <div className="sm:col-span-2">
        <TextField
          label="Instructions"
          hint="What the agent should heed in all of this session."
          value={task.choices.instructions}
          problem={task.problems.instructions}
          onChange={(instructions) => task.choose({ instructions })}
        />
      </div>
      <p className="text-sm text-muted sm:col-span-2">
        This browser remembers all but the token and the key for your next task.
      </p>
    </div>
  );
}

type TextFieldProps = {
  label: string;
  hint: string;
  value: string;
  problem: string | undefined;
  onChange(value: string): void;
};

const TextField = ({ value, onChange, ...words }: TextFieldProps) => (
  <FieldFrame {...words}>
    {(tied) => (
      <textarea
        {...tied}
        rows={2}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className={`${inputClass} field-sizing-content max-h-48 py-2`}
      />
    )}
  </FieldFrame>
);

const modes = [
  ['ask', 'Ask before anything is changed'],
  ['plan', 'Show me a plan first'],
  ['read-only', 'Only look, change nothing'],
] as const;

/** Whose models, which of them, how much it thinks, what it may cost, and when a person is asked. */
function WorkFields({ task }: { task: NewTaskState }) {
  const { data } = useQuery(choosableQuery(useLucid()));
  const { choices, problems, choose } = task;
  const models = data?.models ?? [];
  const providers = [...new Set(models.map(({ provider }) => provider))];
  const offered = models.filter(({ provider }) => choices.modelProvider === '' || provider === choices.modelProvider);
  return (
    <>
      <SelectField
        label="Provider"
        none="Engine’s default"
        options={providers.map((name) => [name, name])}
        value={choices.modelProvider}
        problem={problems.modelProvider}
        onChoose={(modelProvider) => choose({ modelProvider, model: '' })}
      />
      <ModelFields
        models={offered}
        {...{ choice: choices, problems, choose }}
        none={{ model: 'The provider’s default', effort: 'The model’s default' }}
      />
      <Field
        label="Budget in US dollars"
        placeholder="none"
        inputMode="decimal"
        value={choices.budgetUsd}
        problem={problems.budgetUsd}
        onChange={(event) => choose({ budgetUsd: event.target.value })}
      />
      <SelectField
        label="When to ask me"
        none="Only before pushes that can do harm"
        options={modes}
        value={choices.mode}
        problem={problems.mode}
        onChoose={(mode) => choose({ mode })}
      />
    </>
  );
}
