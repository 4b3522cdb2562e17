// A command with what it printed, its exit code and how long it took.
import { Badge } from '../../ui/badge.tsx';
import { DeceptiveText } from '../../ui/deceptive-text.tsx';
import type { ItemOf } from '../items/item.ts';
import type { Live } from '../live/live.ts';
import type { LiveStore } from '../live/live-store.ts';
import { useLive } from '../live/live-store.ts';
import { BoundedText } from '../text/bounded-text.tsx';
import { CopyButton } from '../text/copy-button.tsx';
import { TerminalOutput } from '../text/terminal-output.tsx';
import { CallEnd } from './call-state.tsx';
import { Fold } from './fold.tsx';
import { Whole } from './whole.tsx';

/** Lines of output that are shown at first, and while a command runs. */
const linesAtFirst = 16;
/** Characters of a command in its line; below it the whole stands. */
const lineCharsMax = 300;

/** What is done to a command that runs in the background. */
const actWords = { type: 'Typed', read: 'Read what it printed', end: 'Ended it' };

type CommandCardProps = { item: ItemOf<'command'>; live: LiveStore };

export function CommandCard({ item, live }: CommandCardProps) {
  const { command, state, result, at, durationMs, exitCode, background, acts } = item;
  const [firstLine = ''] = command.split('\n', 1);
  const isWhole = firstLine.length === command.length && command.length <= lineCharsMax;
  return (
    <div className="min-w-0 overflow-hidden rounded-md border border-line bg-sunken">
      <Fold
        name="output"
        isOpenAtFirst
        className="bg-surface px-2"
        line={
          <>
            <code
              dir="ltr"
              className="min-w-0 flex-1 truncate font-mono text-sm leading-6 group-aria-expanded/fold:leading-5 group-aria-expanded/fold:py-0.5 group-aria-expanded/fold:[overflow-wrap:anywhere] group-aria-expanded/fold:whitespace-pre-wrap"
            >
              {acts && <span className="font-sans text-muted">{actWords[acts]} </span>}
              <DeceptiveText text={firstLine.slice(0, lineCharsMax)} />
              {!isWhole && ' …'}
            </code>
            {background !== undefined && <Badge>background {background}</Badge>}
            <CallEnd state={state} at={at} durationMs={durationMs} exitCode={exitCode} />
          </>
        }
      >
        <div className="border-t border-line">
          {!isWhole && <WholeCommand command={command} />}
          {state === 'running' && <RunningOutput item={item} live={live} />}
          {result && (result.text !== '' || result.isCut) && (
            <Whole sessionId={item.sessionId} said={result}>
              {(text) => <TerminalOutput text={text} label="Output of the command" linesAtFirst={linesAtFirst} />}
            </Whole>
          )}
          {result?.text === '' && !result.isCut && <p className="px-3 py-1 text-xs text-muted">It printed nothing.</p>}
          {state === 'cut' && <p className="px-3 py-1 text-xs text-muted">What came of it isn’t known.</p>}
        </div>
      </Fold>
    </div>
  );
}

const WholeCommand = ({ command }: { command: string }) => (
  <div className="flex items-start border-b border-line">
    <div className="min-w-0 flex-1">
      <BoundedText text={command} label="The whole command" linesAtFirst={linesAtFirst} />
    </div>
    <CopyButton text={command} label="Copy this command" />
  </div>
);

/** Told by an engine without ids, output is that of the command which runs. */
const isOutputOf = ({ toolCallId, key }: ItemOf<'command'>, { output }: Live): boolean =>
  toolCallId === undefined ? (output?.commandSequence ?? key) === key : output?.toolCallId === toolCallId;

function RunningOutput({ item, live }: CommandCardProps) {
  const output = useLive(live, (now) => (isOutputOf(item, now) ? now.output : null));
  if (!output || output.text === '') return null;
  return (
    <>
      {output.skippedChars > 0 && (
        <p className="px-3 pt-1 text-xs text-muted">
          {output.skippedChars.toLocaleString('en')} characters before this are not shown.
        </p>
      )}
      <TerminalOutput text={lastLines(output.text)} label="Output so far" linesAtFirst={linesAtFirst} />
    </>
  );
}

/** The end, where what is new stands. */
const lastLines = (text: string): string => {
  const lines = text.split('\n');
  return lines.length > linesAtFirst ? lines.slice(-linesAtFirst).join('\n') : text;
};
