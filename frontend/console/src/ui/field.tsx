// One thing to fill in with its label, what it is for, and what is wrong with it.
import { type ComponentProps, type ReactNode, useId } from 'react';

type Words = { label: string; hint?: string | undefined; problem?: string | undefined };
/** What ties the words to the element that they are about. */
type Tied = { id: string; 'aria-invalid': boolean; 'aria-describedby': string };

export const inputClass =
  'min-h-9 w-full rounded-md border border-line-strong bg-surface px-3 text-text placeholder:text-muted aria-invalid:border-bad';

type FieldFrameProps = Words & { children(tied: Tied): ReactNode };

export function FieldFrame({ label, hint, problem, children }: FieldFrameProps) {
  const id = useId();
  return (
    <div className="grid content-start gap-1">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {children({ id, 'aria-invalid': problem !== undefined, 'aria-describedby': `${id}-hint ${id}-problem` })}
      {hint && (
        <p id={`${id}-hint`} className="text-sm text-muted">
          {hint}
        </p>
      )}
      <p id={`${id}-problem`} role="alert" className="text-sm text-bad empty:hidden">
        {problem}
      </p>
    </div>
  );
}

export const Field = ({ label, hint, problem, ...rest }: ComponentProps<'input'> & Words) => (
  <FieldFrame {...{ label, hint, problem }}>
    {(tied) => <input {...tied} {...rest} className={`${inputClass} ${rest.className ?? ''}`} />}
  </FieldFrame>
);
