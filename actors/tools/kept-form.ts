// What a file keeps of its form when all of its text is written anew: its byte order mark, and line ends of CRLF.
import { hasCrlfAlone, withLineEndsOf } from './lines.ts';
import { markAndText } from './mark.ts';

/**
 * Models write neither of the two, so that they are missing says nothing.
 * @param before what the file held
 * @returns what to write, and sentences about what the writer can't know of it
 */
export function inFormOf(before: string, given: string): { content: string; said: string[] } {
  const old = markAndText(before);
  const fresh = markAndText(given);
  const [text = ''] = withLineEndsOf(old.text, fresh.text);
  const areEndsLost = before.includes('\r\n') && !hasCrlfAlone(before) && text.includes('\n') && !text.includes('\r');
  return {
    content: (old.mark || fresh.mark) + text,
    said: [
      ...(old.mark !== '' && fresh.mark === '' ? ['Its byte order mark was kept.'] : []),
      ...(text !== fresh.text ? ['Its line ends were kept: CRLF (\\r\\n). The shell can change them.'] : []),
      ...(areEndsLost ? ['Some of its lines ended in CRLF (\\r\\n) before; none does now.'] : []),
    ],
  };
}
