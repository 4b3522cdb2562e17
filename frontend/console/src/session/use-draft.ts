// What one is writing to a session, kept in the browser until it is sent or the window is closed.
import { useEffect, useState } from 'react';
import { type Draft, emptyDraft } from './message-history.ts';

const keyOf = (sessionId: string): string => `lucid-draft-${sessionId}`;

/** Of another session another one: the component is mounted anew. */
export function useDraft(sessionId: string): [Draft, (change: Draft | ((now: Draft) => Draft)) => void] {
  const [draft, setDraft] = useState<Draft>(() => ({ ...emptyDraft, text: readKept(keyOf(sessionId)) }));
  const own = draft.at === 0 ? draft.text : draft.own;
  useEffect(() => keep(keyOf(sessionId), own), [sessionId, own]);
  return [draft, setDraft];
}

function readKept(key: string): string {
  try {
    return sessionStorage.getItem(key) ?? '';
  } catch {
    return ''; // The browser keeps nothing for this page.
  }
}

function keep(key: string, text: string): void {
  try {
    if (text === '') sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, text);
  } catch {
    // It is kept no further than in the page.
  }
}
