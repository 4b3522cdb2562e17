// A change of a file as the lines that came and went, bounded.
import { memo, useMemo } from 'react';
import { DeceptiveText } from '../../ui/deceptive-text.tsx';
import { cutLine } from './cut-lines.ts';
import type { DiffLine } from './diff-lines.ts';
import { useKept } from './kept.tsx';
import { MoreLines } from './more-lines.tsx';
import { ScrolledText } from './scrolled-text.tsx';

const signs = { added: '+', removed: '-', same: ' ', place: ' ' };
const tones = {
  added: 'bg-good-soft text-good',
  removed: 'bg-bad-soft text-bad',
  same: '',
  place: 'text-muted',
};

type DiffViewProps = { lines: readonly DiffLine[]; label: string; linesAtFirst: number };

export const DiffView = memo(({ lines, label, linesAtFirst }: DiffViewProps) => {
  const [linesMax, showLines] = useKept('lines', linesAtFirst);
  const shown = useMemo(() => lines.slice(0, linesMax), [lines, linesMax]);
  const leftOut = lines.length - shown.length;
  return (
    <div className="min-w-0">
      <ScrolledText label={label} className="py-1 text-xs leading-5">
        <code className="block w-max min-w-full">
          {shown.map((line, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines have their place alone.
            <span key={at} className={`block px-3 ${tones[line.kind]}`}>
              <span
                className="inline-block w-10 pr-2 text-right text-muted select-none max-sm:hidden"
                aria-hidden="true"
              >
                {line.newLine ?? line.oldLine ?? ''}
              </span>
              {signs[line.kind]} <DeceptiveText text={cutLine(line.text)} />
              {'\n'}
            </span>
          ))}
        </code>
      </ScrolledText>
      {leftOut > 0 && <MoreLines leftOut={leftOut} onMore={(more) => showLines(linesMax + more)} />}
    </div>
  );
});
