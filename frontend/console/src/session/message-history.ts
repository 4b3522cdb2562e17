// The draft of a message, and going back through what was said before, as shells do it.

/** `at`: how far back one has gone, 0 for one's own words; `own`: those words, to come back to. */
export type Draft = { text: string; at: number; own: string };

export const emptyDraft: Draft = { text: '', at: 0, own: '' };

/**
 * @param said what was said in the session, oldest first
 * @param step -1 for earlier, 1 for later
 * @returns undefined where the key is for moving within the text: one's own words of several lines, or nothing further
 */
export function browseHistory(draft: Draft, said: readonly string[], step: -1 | 1): Draft | undefined {
  if (draft.at === 0 && (step === 1 || draft.text.includes('\n'))) return undefined;
  const at = draft.at - step;
  if (at > said.length) return undefined;
  const own = draft.at === 0 ? draft.text : draft.own;
  return { text: at === 0 ? own : (said.at(-at) ?? ''), at, own };
}
