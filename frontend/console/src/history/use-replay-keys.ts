// The keys of a replay, wherever the focus is but in what has these keys itself.
import { useEffect, useRef } from 'react';
import type { ReplayControls } from './use-replay.ts';

const acts: Record<string, (replay: ReplayControls) => void> = {
  ' ': (replay) => replay.toggle(),
  ArrowLeft: (replay) => replay.step(-1),
  ArrowRight: (replay) => replay.step(1),
  Home: (replay) => replay.seek(1),
  End: (replay) => replay.seek(replay.total),
  '[': (replay) => replay.jump(-1),
  ']': (replay) => replay.jump(1),
  '+': (replay) => replay.changeSpeed(1),
  '-': (replay) => replay.changeSpeed(-1),
};

export function useReplayKeys(replay: ReplayControls): void {
  const latest = useRef(replay);
  latest.current = replay;
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      const act = acts[event.key];
      if (!act || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (hasKeyItself(event.target, event.key)) return;
      event.preventDefault();
      act(latest.current);
    };
    document.addEventListener('keydown', hear);
    return () => document.removeEventListener('keydown', hear);
  }, []);
}

/** A space presses buttons and links’ cards, letters are text in fields, arrows, Home and End move a slider as they move the replay. */
function hasKeyItself(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest('dialog, [role="dialog"], [role="menu"], [contenteditable="true"]')) return true;
  if (target instanceof HTMLInputElement && target.type === 'range')
    return key.startsWith('Arrow') || key === 'Home' || key === 'End';
  if (target.matches('textarea, select, input:not([type="checkbox"])')) return true;
  return key === ' ' && target.matches('button, summary, input, [role="button"]');
}
