// What a command printed, as a terminal would show it in the end: bounded, in colours of the page, marked where it deceives.
import { memo, useMemo } from 'react';
import { DeceptiveText } from '../../ui/deceptive-text.tsx';
import { cutLines } from './cut-lines.ts';
import { foldTerminal } from './fold-terminal.ts';
import { useKept } from './kept.tsx';
import { MoreLines } from './more-lines.tsx';
import { ScrolledText } from './scrolled-text.tsx';
import { styleOutput } from './style-output.ts';

/** Characters that are looked at; of more the middle is left out. An observation has a tenth of it at most. */
const outputCharsMax = 1_000_000;

const outputClass = 'px-3 py-2 text-xs leading-5';

type TerminalOutputProps = {
  text: string;
  label: string;
  /** Lines that are shown at first. */
  linesAtFirst: number;
};

export const TerminalOutput = memo(({ text, label, linesAtFirst }: TerminalOutputProps) => {
  const [linesMax, showLines] = useKept('lines', linesAtFirst);
  const [isRaw, showRaw] = useKept('raw', false);
  const folded = useMemo(() => foldTerminal(cutMiddle(text)), [text]);
  const shown = isRaw ? cutMiddle(text) : folded.text;
  const { head, tail, leftOut } = useMemo(() => cutLines(shown, linesMax), [shown, linesMax]);
  return (
    <div className="min-w-0">
      <ScrolledText label={label} className={outputClass}>
        <Styled text={head} isRaw={isRaw} />
      </ScrolledText>
      {leftOut > 0 && (
        <>
          <MoreLines leftOut={leftOut} onMore={(more) => showLines(linesMax + more)} />
          <ScrolledText label={`${label}, its end`} className={outputClass}>
            <Styled text={tail} isRaw={isRaw} />
          </ScrolledText>
        </>
      )}
      {folded.isChanged && <RawButton isRaw={isRaw} onPress={() => showRaw(!isRaw)} />}
    </div>
  );
});

const Styled = memo(({ text, isRaw }: { text: string; isRaw: boolean }) =>
  (isRaw ? [{ text, className: '' }] : styleOutput(text)).map((run, at) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: runs have their place alone.
    <span key={at} className={run.className}>
      <DeceptiveText text={run.text} />
    </span>
  )),
);

/** Lines that were written over may have said something else, and commands to the terminal were removed. */
const RawButton = ({ isRaw, onPress }: { isRaw: boolean; onPress(): void }) => (
  <button
    type="button"
    aria-pressed={isRaw}
    onClick={onPress}
    className="block min-h-6 px-3 pb-1 text-left text-xs text-muted underline hover:text-text"
  >
    {isRaw ? 'Show it as a terminal does' : 'Not all can be seen so: show all that was printed'}
  </button>
);

function cutMiddle(text: string): string {
  if (text.length <= outputCharsMax) return text;
  const half = outputCharsMax / 2;
  return `${text.slice(0, half)}\n[…${(text.length - outputCharsMax).toLocaleString('en')} characters left out…]\n${text.slice(-half)}`;
}
