// The byte order mark that some files begin with: no part of their text, and kept whatever becomes of that.

export const mark = '\ufeff';

/** A file's mark, or none, and its text. */
export function markAndText(content: string): { mark: string; text: string } {
  return content.startsWith(mark) ? { mark, text: content.slice(mark.length) } : { mark: '', text: content };
}

export const withoutMark = (content: string): string => markAndText(content).text;
