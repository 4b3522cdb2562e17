// `lucid attach` and `lucid logs`: follow a session that is there, or read what it has recorded.
import type { SessionEvent } from '../../client/index.ts';
import type { Context } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { followSession } from '../follow/follow-session.ts';
import { JsonStory, TextStory } from '../follow/story.ts';
import { commandName } from '../local/find-repository.ts';
import { type EngineOptions, openClient } from '../settings/open-client.ts';

export type AttachOptions = EngineOptions & { json?: boolean; tail?: number; patience: number };
export type LogsOptions = AttachOptions & { follow?: boolean };

export async function attachSession(sessionId: string, options: AttachOptions, context: Context): Promise<ExitCode> {
  const lucid = await openClient(options, context);
  const { lastEvent } = await lucid.sessions.read(sessionId); // Before a WebSocket, to which nobody is told why not.
  const last = lastEvent?.sequence ?? 0;
  return followSession(
    {
      lucid,
      session: lucid.attach(sessionId),
      historyThrough: last,
      skipThrough: options.tail === undefined ? 0 : Math.max(0, last - options.tail),
      staysWhenIdle: (_, { canType }) => canType,
      comeBack: `The session goes on at the engine. To come back: ${commandName} attach ${sessionId}`,
      patienceMs: options.patience * 1_000,
      isJson: options.json ?? false,
      takesMessages: true,
    },
    context,
  );
}

/** Events of one page. */
const pageEvents = 500;

export async function showLogs(sessionId: string, options: LogsOptions, context: Context): Promise<ExitCode> {
  const lucid = await openClient(options, context);
  const { lastEvent, isAlive } = await lucid.sessions.read(sessionId);
  const last = lastEvent?.sequence ?? 0;
  const skipThrough = options.tail === undefined ? 0 : Math.max(0, last - options.tail);
  if (options.follow && isAlive)
    return followSession(
      {
        lucid,
        session: lucid.attach(sessionId),
        historyThrough: last,
        skipThrough,
        staysWhenIdle: () => true,
        comeBack: `The session goes on at the engine. To come back: ${commandName} logs --follow ${sessionId}`,
        patienceMs: options.patience * 1_000,
        isJson: options.json ?? false,
        takesMessages: false,
      },
      context,
    );
  const story = options.json ? new JsonStory(context.print) : new TextStory(context.print, context.colors);
  for (let after: number | null = skipThrough; after !== null; ) {
    const page: Awaited<ReturnType<typeof lucid.sessions.events>> = await lucid.sessions.events(sessionId, {
      after,
      limit: pageEvents,
    });
    for (const event of page.events) story.takeEvent(event as SessionEvent); // Those of pages are stored.
    after = page.nextAfter;
  }
  return exitCodes.done;
}
