// `lucid ls` and `lucid stop`: which sessions there are, and the end of one.
import { type ReportedState, reportedStates } from '../../../schema/session.ts';
import type { Context } from '../context.ts';
import { type ExitCode, exitCodes, UsageError } from '../exit-codes.ts';
import { type EngineOptions, openClient } from '../settings/open-client.ts';
import { escapeLine, toJsonLine } from '../show/escape-text.ts';
import { tableLines } from '../show/table.ts';
import { costText } from '../show/usage-text.ts';

export type ListOptions = EngineOptions & { state?: string; limit: number; json?: boolean };

/** Of one request, as the engine has it. */
const pageRowsMax = 100;
/** Those that go on, or can. */
const aliveStates: readonly ReportedState[] = ['created', 'working', 'waiting', 'idle'];

export async function listSessions(options: ListOptions, context: Context): Promise<ExitCode> {
  const state = options.state === undefined ? [...aliveStates] : checkStates(options.state);
  const lucid = await openClient(options, context);
  const sessions = [];
  for (let before: string | undefined; sessions.length < options.limit; ) {
    const page = await lucid.sessions.list({
      state,
      limit: Math.min(pageRowsMax, options.limit - sessions.length),
      ...(before !== undefined && { before }),
    });
    sessions.push(...page.sessions);
    if (!page.nextBefore) break;
    before = page.nextBefore;
  }
  if (options.json) context.print(sessions.map(toJsonLine));
  else if (sessions.length === 0) context.note(noSessionsSentence(options.state));
  else
    context.print(tableLines(['SESSION', 'STATE', 'CREATED', 'COST', 'TASK'], sessions.map(rowOf), widthOf(context)));
  return exitCodes.done;
}

const noSessionsSentence = (state: string | undefined): string =>
  state === undefined
    ? 'There is no session that goes on or can. With `--state`, others are shown.'
    : `There is no session whose state is ${escapeLine(state).replaceAll(',', ' or ')}.`;

function checkStates(text: string): ReportedState[] {
  return text.split(',').map((asked) => {
    const state = reportedStates.find((known) => known === asked.trim());
    if (state === undefined)
      throw new UsageError(
        `--state accepts some of ${reportedStates.join(', ')}, separated by commas; not "${asked}".`,
      );
    return state;
  });
}

type Listed = { sessionId: string; createdAt: string; task: string; state?: string; usage?: { costUsd?: number } };

const rowOf = ({ sessionId, createdAt, task, state = '', usage }: Listed): string[] => [
  sessionId,
  state,
  createdAt.slice(0, 16).replace('T', ' '),
  usage?.costUsd === undefined ? '' : costText(usage.costUsd),
  task,
];

/** What is no terminal gets whole lines. */
export const widthOf = ({ colors, stdout }: Context) => ({
  colors,
  columns: stdout.isTTY ? stdout.columns : undefined,
});

export async function stopSession(
  sessionId: string,
  options: EngineOptions & { json?: boolean },
  context: Context,
): Promise<ExitCode> {
  const answer = await (await openClient(options, context)).sessions.stop(sessionId);
  context.print([options.json ? toJsonLine(answer) : escapeLine(answer.message)]);
  return exitCodes.done;
}
