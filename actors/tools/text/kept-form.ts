// Keeps a file's byte order mark and line ends of CRLF when all of its text is written again.
import { splitMark } from './byte-order-mark.ts';
import { adoptLineEnds, hasCrlfAlone } from './lines.ts';

/**
 * Models write neither of the two, so a text without them doesn't mean to remove them.
 * @param before what the file held
 * @returns what to write, and sentences about what the writer can't know of it
 */
export function keepForm(before: string, given: string): { content: string; said: string[] } {
  const old = splitMark(before);
  const fresh = splitMark(given);
  const [text = ''] = adoptLineEnds(old.text, fresh.text);
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
