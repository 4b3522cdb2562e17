// The byte order mark that some files begin with, which is kept when their text changes.

export const byteOrderMark = '\ufeff';

/** A file's mark, or none, and its text. */
export function splitMark(content: string): { mark: string; text: string } {
  return content.startsWith(byteOrderMark)
    ? { mark: byteOrderMark, text: content.slice(byteOrderMark.length) }
    : { mark: '', text: content };
}

export const removeMark = (content: string): string => splitMark(content).text;
