// Code as text, with what it says it is written in, and a way to copy all of it.
import { DeceptiveText } from '../../ui/deceptive-text.tsx';
import { BoundedText } from './bounded-text.tsx';
import { CopyButton } from './copy-button.tsx';

/** Lines that are shown at first: most code that an answer quotes. */
const linesAtFirst = 60;
/** Characters of a language's name. */
const languageCharsMax = 30;

export const CodeBlock = ({ code, language }: { code: string; language: string }) => (
  <div className="relative rounded-md border border-line bg-sunken">
    <div className="absolute top-1 right-1 flex items-center gap-1 rounded-md bg-sunken">
      {language !== '' && (
        <span className="px-1 text-xs text-muted">
          <DeceptiveText text={language.slice(0, languageCharsMax)} />
        </span>
      )}
      <CopyButton text={code} label="Copy this code" />
    </div>
    <BoundedText text={code} label="Code" linesAtFirst={linesAtFirst} className="p-3 pr-16 text-sm" />
  </div>
);
