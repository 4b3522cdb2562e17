// Which of a session's events the model reads as notices: what happened to its work while it wasn't asked.
import type { StoredEvent, TurnEnd } from '../../schema/event.ts';

const lookFirst = 'What was being done may be half done: look before you go on.';

/** What the model is told about the end of its turn; undefined where it knows that itself. */
const noticeOfEnd: Record<TurnEnd, ((message: string) => string) | undefined> = {
  finished: undefined,
  refused: undefined,
  interrupted: () => `The user interrupted the turn here. ${lookFirst}`,
  iterations: (message) => `The turn was ended here. ${message}`,
  timeout: (message) => `The turn was ended here. ${message} ${lookFirst}`,
  repeating: (message) => `The turn was ended here. ${message}`,
  failed: (message) => `The turn was ended here by a failure. ${message}`,
  budget: (message) => `The turn was ended here. ${message}`,
};

const emptiedSentence =
  'Files, background processes and the state of the shell are gone: look at what is there before you go on.';

const noticeTypes: ReadonlySet<string> = new Set([
  'AgentNotice',
  'UserFileChange',
  'WorkspaceSetup',
  'WorkspaceRestored',
]);

/**
 * @param wasEmptied whether the workspace was emptied before: a model's instructions tell of the first clone only
 * @returns undefined for an event that is no news to the model, or that it hears as something else
 */
export function noticeOf({ eventType, content, metadata }: StoredEvent, wasEmptied: boolean): string | undefined {
  if (noticeTypes.has(eventType)) return content;
  if (isWorkspaceEmptied(eventType)) return `${content} ${emptiedSentence}`;
  if (eventType === 'RepositoryCloned') return wasEmptied ? content : undefined;
  if (metadata?.status !== 'completed' || metadata.reason === undefined) return undefined;
  return noticeOfEnd[metadata.reason]?.(content);
}

export const isWorkspaceEmptied = (eventType: string): boolean => eventType === 'WorkspaceEmptied';

/** Those notices that the model hasn't among its events since the last summary: each is told once. */
export function findNews(events: readonly StoredEvent[], notices: readonly string[]): string[] {
  const summary = events.findLast(({ metadata }) => metadata?.summarizedThrough !== undefined);
  const through = summary?.metadata?.summarizedThrough ?? 0;
  const known = events.filter(({ sequence, eventType }) => sequence > through && eventType === 'AgentNotice');
  const told = new Set(known.map(({ content }) => content));
  return notices.filter((notice) => !told.has(notice));
}
