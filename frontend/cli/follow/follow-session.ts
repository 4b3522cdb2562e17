// Puts a session, its story and a screen together, and follows until nothing is left to follow.
import type { Lucid, Session } from '../../client/index.ts';
import type { Context } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { escapeLine, toJsonLine } from '../show/escape-text.ts';
import { PlainScreen, type Screen, TerminalScreen } from '../show/screen.ts';
import { Follower } from './follower.ts';
import { JsonStory, type Story, TextStory } from './story.ts';

export type Following = {
  lucid: Lucid;
  session: Session;
  historyThrough: number;
  skipThrough: number;
  /** @param typing whether something can be typed, and whether something is and wasn't sent */
  staysWhenIdle(reason: string, typing: { canType: boolean; hasDraft: boolean }): boolean;
  comeBack: string;
  patienceMs: number;
  isJson: boolean;
  /** Whether what is typed goes to the agent. */
  takesMessages: boolean;
};

/** How often a terminal is drawn while text streams in. */
const drawIntervalMs = 50;

type Shown = { json?: boolean | undefined };

const isShownLive = ({ json }: Shown, { stdout, env }: Context): boolean =>
  stdout.isTTY && !json && env.TERM !== 'dumb';

/** Whether somebody can reply to what the agent of a session asks. */
export const canReply = (shown: Shown, context: Context): boolean => isShownLive(shown, context) && context.stdin.isTTY;

export async function followSession(following: Following, context: Context): Promise<ExitCode> {
  const { stdout, stdin, colors, now } = context;
  const isTerminal = isShownLive({ json: following.isJson }, context);
  const canType = isTerminal && stdin.isTTY && following.takesMessages;
  let drawTimer: NodeJS.Timeout | undefined;
  const draw = () => {
    drawTimer = undefined;
    screen.show({ tail: story.tail, status: follower.statusLine });
  };
  const terminal = isTerminal
    ? new TerminalScreen(
        { stdin, stdout, colors, takesMessages: following.takesMessages },
        {
          enter: (line) => follower.say(line),
          interrupt: () => interrupt(),
          leave: () => follower.leave(exitCodes.done),
        },
      )
    : undefined;
  const screen: Screen = terminal ?? new PlainScreen(stdout);
  const print = (lines: readonly string[]) => screen.print(lines);
  const story: Story = following.isJson
    ? new JsonStory(print)
    : new TextStory(print, colors, () => (isTerminal ? stdout.columns : undefined));
  const interrupt = () => (terminal?.hasDraft ? terminal.dropDraft() : follower.interrupt());
  const follower = new Follower({
    ...following,
    story,
    canReply: canType,
    staysWhenAsked: !following.takesMessages,
    print: (lines) => screen.print(lines),
    colors,
    note: (sentence) => (terminal ? terminal.print([colors.faint(escapeLine(sentence))]) : context.note(sentence)),
    refresh: () => {
      if (terminal) drawTimer ??= setTimeout(draw, drawIntervalMs);
    },
    staysWhenIdle: (reason) => following.staysWhenIdle(reason, { canType, hasDraft: terminal?.hasDraft ?? false }),
    now,
  });
  const leaveOnSignal = () => follower.leave(exitCodes.interrupted);
  process.on('SIGINT', interrupt);
  process.once('SIGTERM', leaveOnSignal);
  process.once('SIGHUP', leaveOnSignal);
  try {
    const exitCode = await follower.follow();
    if (following.isJson) print([toJsonLine({ type: 'end', sessionId: following.session.id, exitCode })]);
    return exitCode;
  } finally {
    clearTimeout(drawTimer);
    screen.close();
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', leaveOnSignal);
    process.off('SIGHUP', leaveOnSignal);
  }
}
