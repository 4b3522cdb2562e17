// What a model reads of an observation: its text, a command's exit code, and a note where there is no text.
import type { StoredEvent } from '../../schema/event.ts';

/** Clients see the exit code beside the text; a model has the text alone. */
export function observedTextOf({ content, metadata }: Pick<StoredEvent, 'content' | 'metadata'>): string {
  const { exitCode = 0 } = metadata ?? {};
  if (exitCode === 0) return content === '' ? '[There is no output.]' : content;
  const separator = content === '' || content.endsWith('\n') ? '' : '\n';
  return `${content}${separator}[exit code ${exitCode}]`;
}
