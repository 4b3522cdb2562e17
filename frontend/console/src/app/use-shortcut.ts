// Keyboard shortcuts of a page, for as long as it is shown.
import { useEffect, useRef } from 'react';

/**
 * @param keys a key as `KeyboardEvent.key` has it in small letters, after `mod+` for Ctrl or Command
 * @param act called unless a field has the focus, where a key alone is text
 */
export function useShortcut(keys: string, act: (event: KeyboardEvent) => void): void {
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    const withModifier = keys.startsWith('mod+');
    const key = keys.replace('mod+', '');
    const hear = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || event.key.toLowerCase() !== key) return;
      if (withModifier !== (event.ctrlKey || event.metaKey) || event.altKey) return;
      if (!withModifier && isField(event.target)) return;
      event.preventDefault();
      latest.current(event);
    };
    document.addEventListener('keydown', hear);
    return () => document.removeEventListener('keydown', hear);
  }, [keys]);
}

const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
