// Follows the turn that a task or a message has begun, and says how to go on with the session.
import type { Lucid, Session } from '../../client/index.ts';
import type { Context } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { followSession } from '../follow/follow-session.ts';
import { commandName } from '../local/find-repository.ts';

type Turn = {
  lucid: Lucid;
  session: Session;
  /** The sequence of the message that began it; what was before isn't told. */
  sequence?: number;
  /** Whether the session goes on behind this command. */
  isKept: boolean;
};
type Shown = { patience: number; json?: boolean };

export async function followTurn(
  { lucid, session, sequence = 0, isKept }: Turn,
  { patience, json = false }: Shown,
  context: Context,
): Promise<ExitCode> {
  const comeBack = isKept
    ? `The session goes on at the engine. To come back: ${commandName} attach ${session.id}`
    : 'The engine of this one task ends, and the session with it.';
  const exitCode = await followSession(
    {
      lucid,
      session,
      historyThrough: sequence,
      skipThrough: Math.max(0, sequence - 1),
      staysWhenIdle: (reason, { canType, hasDraft }) => canType && (hasDraft || reason === 'interrupted'),
      comeBack,
      patienceMs: patience * 1_000,
      isJson: json,
      takesMessages: true,
    },
    context,
  );
  if (isKept && !json && exitCode !== exitCodes.interrupted)
    context.note(`To go on: ${commandName} attach ${session.id}`);
  return exitCode;
}
