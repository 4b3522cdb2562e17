// What the model is told when a command in the background has ended.
import type { EndedCommand } from '../../sandbox/background/background.ts';
import { cutText } from '../../schema/rules/text.ts';
import type { ToolEvent } from '../tools/tool.ts';

/** Enough to know it again. */
const commandCharsMax = 100;

/** What it printed isn't in it: that is material, and a notice is the engine's own word. */
export function noticeOfEndedCommand({ id, command, exitCode }: EndedCommand): ToolEvent {
  const [line = ''] = command.split('\n');
  const how = exitCode === undefined ? 'is gone: it was ended from outside' : `has ended with exit code ${exitCode}`;
  return {
    eventType: 'AgentNotice',
    content: `Background command ${id} (${cutText(line, commandCharsMax)}) ${how}.`,
    metadata: { background: { id }, ...(exitCode !== undefined && { exitCode }) },
  };
}
