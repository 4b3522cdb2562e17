// A field to search in a list: `/` goes there, the arrow down goes on to the first row, Escape empties it.
import { Search } from 'lucide-react';
import { type KeyboardEvent, useRef } from 'react';
import { useShortcut } from '../app/use-shortcut.ts';
import { inputClass } from './field.tsx';
import { focusFirstRow } from './use-row-keys.ts';

type SearchFieldProps = { label: string; value: string; onChange(value: string): void };

export function SearchField({ label, value, onChange }: SearchFieldProps) {
  const field = useRef<HTMLInputElement>(null);
  useShortcut('/', () => field.current?.focus());
  const hearKey = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'ArrowDown' || event.key === 'Enter') focusFirstRow();
    else if (event.key === 'Escape' && value !== '') onChange('');
    else if (event.key === 'Escape') field.current?.blur();
    else return;
    event.preventDefault();
  };
  return (
    <div className="relative">
      <Search className="absolute top-2.5 left-3 size-4 text-muted" aria-hidden="true" />
      <input
        ref={field}
        type="search"
        aria-label={label}
        aria-keyshortcuts="/"
        placeholder={label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={hearKey}
        className={`${inputClass} pl-9`}
      />
    </div>
  );
}
