// One line of input with its label, what it is for, and what is wrong with it.
import { type ComponentProps, useId } from 'react';

type FieldProps = ComponentProps<'input'> & { label: string; hint?: string; problem?: string | undefined };

export const inputClass =
  'min-h-9 w-full rounded-md border border-line-strong bg-surface px-3 text-text placeholder:text-muted aria-invalid:border-bad';

export function Field({ label, hint, problem, ...rest }: FieldProps) {
  const id = useId();
  return (
    <div className="grid content-start gap-1">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      <input
        id={id}
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-hint ${id}-problem`}
        {...rest}
        className={`${inputClass} ${rest.className ?? ''}`}
      />
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
