// Whose sessions are shown: taken over once one has stopped typing.
import { useEffect, useId, useState } from 'react';
import { inputClass } from '../ui/field.tsx';

const typingMs = 300;

export function UserField({ value, onChange }: { value: string; onChange(user: string): void }) {
  const id = useId();
  const [text, setText] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => onChange(text.trim()), typingMs);
    return () => clearTimeout(timer);
  }, [text, onChange]);
  return (
    <div className="flex min-w-0 flex-wrap items-center gap-2 text-sm">
      <label htmlFor={id} className="text-muted">
        Of the user
      </label>
      <input
        id={id}
        value={text}
        onChange={(event) => setText(event.target.value)}
        placeholder="everybody"
        maxLength={255}
        autoComplete="off"
        className={`${inputClass} max-w-56`}
      />
    </div>
  );
}
