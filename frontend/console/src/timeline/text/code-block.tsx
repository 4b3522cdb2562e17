// Code as text: bounded, with a way to see more of it and to copy all of it.
import { useState } from 'react';
import { DeceptiveText } from '../../ui/deceptive-text.tsx';
import { CopyButton } from './copy-button.tsx';
import { cutLines } from './cut-lines.ts';
import { MoreLines } from './more-lines.tsx';
import { ScrolledText } from './scrolled-text.tsx';

/** Lines that are shown at first: most code that an answer quotes. */
const linesAtFirst = 60;

export function CodeBlock({ code, language }: { code: string; language: string }) {
  const [linesMax, showLines] = useState(linesAtFirst);
  const { head, tail, leftOut } = cutLines(code, linesMax);
  return (
    <div className="group/code relative rounded-md border border-line bg-sunken">
      <div className="absolute top-1 right-1 flex items-center gap-1 rounded-md bg-sunken">
        {language !== '' && (
          <span className="px-1 text-xs text-muted">
            <DeceptiveText text={language.slice(0, 30)} />
          </span>
        )}
        <CopyButton text={code} label="Copy this code" />
      </div>
      <ScrolledText label="Code" className="p-3 pr-16 text-sm">
        <code>
          <DeceptiveText text={head} />
        </code>
      </ScrolledText>
      {leftOut > 0 && (
        <>
          <MoreLines leftOut={leftOut} onMore={(more) => showLines(linesMax + more)} />
          <ScrolledText label="Code, its end" className="p-3 text-sm">
            <code>
              <DeceptiveText text={tail} />
            </code>
          </ScrolledText>
        </>
      )}
    </div>
  );
}
