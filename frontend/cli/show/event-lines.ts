// The lines that a terminal shows of an event: a pure change, all that agents and commands wrote made harmless.
import type { SessionEvent } from '../../client/index.ts';
import type { Colors } from './colors.ts';
import { escapeLine, linesOf } from './escape-text.ts';
import { wrapToWidth } from './text-width.ts';
import { durationText, spentText } from './usage-text.ts';
import { waitLines } from './wait-lines.ts';

type EventOf<Type extends SessionEvent['type']> = Extract<SessionEvent, { type: Type }>;

export type LinesOptions = {
  colors: Colors;
  /** Whether what a command printed was shown while it ran. */
  isOutputShown?: boolean;
  /** The whole text where the event has a part of it. */
  wholeText?: string | undefined;
  /** Of the terminal, in which prose breaks between words; what was printed or written is left as it is. */
  columns?: number | undefined;
};

const indent = '  ';
/** Lines of a file that was read, or of a search: it is the agent who needs them. */
const readLinesMax = 3;

export function eventLines(event: SessionEvent, options: LinesOptions): string[] {
  switch (event.type) {
    case 'ack':
      return ackLines(event, options);
    case 'status':
      return statusLines(event, options);
    case 'error':
      return [options.colors.bad(`The session has failed: ${escapeLine(event.message)}`)];
    default:
      return event.parentToolCallId === undefined ? agentLines(event, options) : nestedLines(event, options);
  }
}

/** Of a sub-agent: indented, below the call that it works for. */
function nestedLines(event: EventOf<'agent_event'>, options: LinesOptions): string[] {
  const { colors, columns } = options;
  const inner = columns === undefined ? options : { ...options, columns: Math.max(1, columns - 2) };
  return agentLines(event, inner).map((line) => `${colors.faint('│')} ${line}`);
}

function ackLines({ eventType, content }: EventOf<'ack'>, { colors }: LinesOptions): string[] {
  if (eventType === 'Interrupt' || eventType === 'Stop') return [];
  const [first = '', ...more] = linesOf(content);
  return ['', colors.strong(`› ${first}`), ...more.map((line) => colors.strong(`${indent}${line}`))];
}

function statusLines({ status, message, reason, usage }: EventOf<'status'>, { colors }: LinesOptions): string[] {
  if (status === 'completed') {
    const spent = usage ? [spentText(usage), durationText(usage.durationMs)].filter((part) => part !== '') : [];
    const sentence = `${escapeLine(message)}${spent.length > 0 ? ` (${spent.join('; ')})` : ''}`;
    return [reason === 'finished' ? colors.good(`✓ ${sentence}`) : colors.bad(`✗ ${sentence}`)];
  }
  return message === '' ? [] : [colors.faint(escapeLine(message))];
}

function agentLines(event: EventOf<'agent_event'>, options: LinesOptions): string[] {
  const { colors } = options;
  const { eventType, content, path = '', command = '' } = event;
  switch (eventType) {
    case 'ThinkAction':
      return saidLines(event, options).map((line) => colors.faint(line));
    case 'HiddenThought':
      return [];
    case 'MessageAction':
    case 'AgentFinishAction':
      return content.trim() === '' ? [] : saidLines(event, options);
    case 'CmdRunAction':
      return linesOf(command || content).map((line, at) => colors.strong(`${at === 0 ? '$' : '>'} ${line}`));
    case 'CmdOutputObservation':
      return outputLines(event, options);
    case 'FileEditObservation':
      return event.diff === undefined ? [] : diffLines(event.diff, colors);
    case 'FileWriteAction':
      return [colors.name(`write ${escapeLine(path)}`)];
    case 'FileEditAction':
      return [colors.name(`edit ${escapeLine(path)}`)];
    case 'FileReadAction':
      return [colors.name(`read ${escapeLine(path)}`)];
    case 'SearchAction':
      return [colors.name(`search ${escapeLine(content)}`)];
    case 'FileWriteObservation':
      return [];
    case 'AskUserAction':
    case 'PresentPlanAction':
    case 'ApprovalWanted':
      return event.waitingFor ? [...waitLines(event.waitingFor, colors)] : otherLines(event, colors);
    case 'PlanAction':
      return planLines(event, colors);
    case 'DelegateAction':
      return linesOf(content).map((line, at) => colors.name(at === 0 ? `delegate ${line}` : `${indent}${line}`));
    case 'DelegateObservation':
      return saidLines(event, options).map((line) => `${indent}${line}`);
    case 'FetchAction':
      return [colors.name(`fetch ${escapeLine(event.url ?? content)}`)];
    case 'McpAction':
      return [colors.name(`mcp ${escapeLine(content)}`)];
    case 'CmdInputAction':
      return [colors.name(`background ${backgroundText(event)}`)];
    default:
      return otherLines(event, colors);
  }
}

function backgroundText({ background, content }: EventOf<'agent_event'>): string {
  const { id = '?', isKilled } = background ?? {};
  return `${escapeLine(id)}${isKilled ? ': end it' : content === '' ? '' : `: ${escapeLine(content)}`}`;
}

const planMarks = { pending: '[ ]', inProgress: '[>]', done: '[x]' } as const;

function planLines({ plan, content }: EventOf<'agent_event'>, colors: Colors): string[] {
  if (!plan) return linesOf(content);
  return plan.map(({ text, state }) => {
    const line = `${planMarks[state]} ${escapeLine(text)}`;
    if (state === 'done') return colors.good(line);
    return state === 'inProgress' ? colors.strong(line) : line;
  });
}

function saidLines({ content, truncated }: EventOf<'agent_event'>, options: LinesOptions): string[] {
  const { colors, wholeText, columns = Number.POSITIVE_INFINITY } = options;
  const lines = linesOf(wholeText ?? content).flatMap((line) => wrapToWidth(line, columns));
  if (wholeText !== undefined || !truncated) return lines;
  return [...lines, colors.faint('… the rest was left out; `lucid chats show` has it')];
}

function outputLines(event: EventOf<'agent_event'>, { colors, isOutputShown }: LinesOptions): string[] {
  const { content, exitCode, background, truncated } = event;
  const shown = isOutputShown || content === '' ? [] : linesOf(content).map((line) => `${indent}${line}`);
  const cut =
    truncated && !isOutputShown ? [colors.faint(`${indent}… the rest was left out; \`lucid chats show\` has it`)] : [];
  const end = exitCode === undefined || exitCode === 0 ? [] : [colors.bad(`${indent}exit code ${exitCode}`)];
  const goesOn = background && exitCode === undefined && !background.isKilled;
  const state = goesOn ? [colors.faint(`${indent}in the background: ${escapeLine(background.id)}`)] : [];
  return [...shown, ...cut, ...end, ...state];
}

function otherLines({ event, eventType, content }: EventOf<'agent_event'>, colors: Colors): string[] {
  if (event === 'error') return linesOf(content).map((line) => colors.bad(line));
  if (event === 'observation') {
    const lines = linesOf(content);
    const left = lines.length - readLinesMax;
    return [
      ...lines.slice(0, readLinesMax).map((line) => colors.faint(`${indent}${line}`)),
      ...(left > 0 ? [colors.faint(`${indent}… ${left} more ${left === 1 ? 'line' : 'lines'}`)] : []),
    ];
  }
  if (event === 'action') return [colors.name(`${escapeLine(eventType)} ${escapeLine(content)}`.trim())];
  return content === '' ? [] : linesOf(content).map((line) => colors.warning(line));
}

/** A unified diff, its added lines green and its removed ones red. */
function diffLines(diff: string, colors: Colors): string[] {
  return linesOf(diff).map((line) => {
    const shown = `${indent}${line}`;
    if (line.startsWith('+++') || line.startsWith('---')) return colors.faint(shown);
    if (line.startsWith('@@')) return colors.name(shown);
    if (line.startsWith('+')) return colors.good(shown);
    return line.startsWith('-') ? colors.bad(shown) : colors.faint(shown);
  });
}
