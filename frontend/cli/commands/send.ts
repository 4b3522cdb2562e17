// `lucid send`: says one more thing to a session that is there, with files and a choice of its own, and follows the turn.
import type { Context } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { commandName } from '../local/find-repository.ts';
import { type EngineOptions, openClient } from '../settings/open-client.ts';
import { toJsonLine } from '../show/escape-text.ts';
import { type ChoiceOptions, choiceOf } from './choice-options.ts';
import { followTurn } from './follow-turn.ts';
import { noteRetry } from './note-retry.ts';
import { readFiles } from './read-files.ts';
import { checkSaid, readSaid } from './read-said.ts';

export type SendOptions = EngineOptions &
  ChoiceOptions & {
    file?: string[];
    stdin?: boolean;
    detach?: boolean;
    json?: boolean;
    patience: number;
  };

export async function sendMessage(
  sessionId: string,
  message: string | undefined,
  options: SendOptions,
  context: Context,
): Promise<ExitCode> {
  checkSaid('message', message, options);
  const content = await readSaid('message', message, context);
  const files = await readFiles(options.file);
  const lucid = await openClient(options, context);
  const accepted = await lucid.sessions.send(
    sessionId,
    content,
    { files, onRetry: noteRetry(context) },
    choiceOf(options),
  );
  if (!options.detach) {
    const session = lucid.attach(sessionId);
    return followTurn({ lucid, session, sequence: accepted.sequence, isKept: true }, options, context);
  }
  if (options.json) context.print([toJsonLine(accepted)]);
  else context.note(`The agent has the message. To follow it: ${commandName} attach ${sessionId}`);
  return exitCodes.done;
}
