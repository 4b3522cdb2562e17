// What a task may have beside its words: a repository, whose models are asked, keys of one's own.
import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { Field, inputClass } from '../ui/field.tsx';
import { providersQuery } from './providers.ts';
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
      <ProviderField task={task} />
      <Field
        label="Project"
        hint="An id of your choice; programs find it with the chat, through the API."
        {...fieldOf('projectId')}
      />
      <Field label="Your name for commits" autoComplete="name" {...fieldOf('gitUserName')} />
      <Field label="Your e-mail for commits" type="email" autoComplete="email" {...fieldOf('gitUserEmail')} />
      <p className="text-sm text-muted sm:col-span-2">
        This browser remembers all but the token and the key for your next task.
      </p>
    </div>
  );
}

function ProviderField({ task }: { task: NewTaskState }) {
  const id = useId();
  const { data: providers = [] } = useQuery(providersQuery);
  const chosen = task.choices.modelProvider;
  const choices = providers.includes(chosen) || chosen === '' ? providers : [...providers, chosen];
  const problem = task.problems.modelProvider;
  return (
    <div className="grid content-start gap-1">
      <label htmlFor={id} className="text-sm font-medium">
        Provider
      </label>
      <select
        id={id}
        value={chosen}
        onChange={(event) => task.choose({ modelProvider: event.target.value })}
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-problem`}
        className={inputClass}
      >
        <option value="">Engine’s default</option>
        {choices.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <p id={`${id}-problem`} role="alert" className="text-sm text-bad empty:hidden">
        {problem}
      </p>
    </div>
  );
}
