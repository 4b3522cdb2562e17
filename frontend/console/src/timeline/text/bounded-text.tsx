// Text as it is, with every character that deceives marked, and more of a long one when one asks.
import { memo, useMemo } from 'react';
import { DeceptiveText } from '../../ui/deceptive-text.tsx';
import { cutLines } from './cut-lines.ts';
import { useKept } from './kept.tsx';
import { MoreLines } from './more-lines.tsx';
import { ScrolledText } from './scrolled-text.tsx';

type BoundedTextProps = { text: string; label: string; linesAtFirst: number; className?: string };

export const BoundedText = memo(({ text, label, linesAtFirst, className }: BoundedTextProps) => {
  const [linesMax, showLines] = useKept(`lines of ${label}`, linesAtFirst);
  const { head, tail, leftOut } = useMemo(() => cutLines(text, linesMax), [text, linesMax]);
  const looks = className ?? 'px-3 py-2 text-xs leading-5';
  return (
    <div className="min-w-0">
      <ScrolledText label={label} className={looks}>
        <DeceptiveText text={head} />
      </ScrolledText>
      {leftOut > 0 && (
        <>
          <MoreLines leftOut={leftOut} onMore={(more) => showLines(linesMax + more)} />
          <ScrolledText label={`${label}, its end`} className={looks}>
            <DeceptiveText text={tail} />
          </ScrolledText>
        </>
      )}
    </div>
  );
});
