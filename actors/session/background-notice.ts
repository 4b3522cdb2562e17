// What the model is told when a command in the background has ended.
import type { EndedCommand } from '../../sandbox/background/background.ts';
import type { StoredEvent } from '../../schema/event.ts';
import { cutText } from '../../schema/rules/text.ts';
import type { ToolEvent } from '../tools/tool.ts';

/** Enough to know it again. */
const commandCharsMax = 100;

/**
 * Nothing that the sandbox says is in it but numbers: that is material, and a notice is the engine's own word.
 * @param events which of them started it
 */
export function noticeOfEndedCommand({ id, exitCode }: EndedCommand, events: readonly StoredEvent[]): ToolEvent {
  const command = events.findLast(({ metadata }) => metadata?.background?.id === id && metadata.command !== undefined)
    ?.metadata?.command;
  const [line = ''] = command?.split('\n') ?? [];
  const which = line === '' ? id : `${id} (${cutText(line, commandCharsMax)})`;
  const how = exitCode === undefined ? 'is gone: it was ended from outside' : `has ended with exit code ${exitCode}`;
  return {
    eventType: 'AgentNotice',
    content: `Background command ${which} ${how}.`,
    metadata: { background: { id }, ...(exitCode !== undefined && { exitCode }) },
  };
}
