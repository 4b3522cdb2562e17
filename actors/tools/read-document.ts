// Shows a model the pages of a PDF as text: as many as fit into one answer, with a note of the rest.
import { shownPathOf } from '../../sandbox/workspace/workspace-path.ts';
import { cutText } from '../../schema/rules/text.ts';
import { type ExtractedPages, pdfBytesMax, readPdf } from '../documents/read-pdf.ts';
import { readWholeFile } from '../images/read-whole-file.ts';
import { type PageOptions, readCharsMax } from './text/page.ts';
import { makeErrorObservation, type ToolEvent, type ToolRun } from './tool.ts';

/** Pages of one read, where the call names none. */
const pagesMax = 50;

const pdfBeginning = '%PDF-';

/** Small ones may be text from beginning to end. */
export const isPdf = (beginning: string): boolean => beginning.startsWith(pdfBeginning);

/** @param page in which lines are pages */
export async function readDocument(
  path: string,
  { offset: first = 1, limit = pagesMax }: PageOptions,
  { sandbox, signal }: ToolRun,
): Promise<ToolEvent> {
  const file = await readWholeFile(path, sandbox, pdfBytesMax);
  if (!file.ok) return makeErrorObservation(file.failure.detail);
  const last = first + Math.min(limit, pagesMax) - 1;
  const read = await readPdf(file.value, { first, last }, signal);
  if (!read.ok) return makeErrorObservation(read.failure.detail);
  const { count, pages } = read.value;
  if (pages.length === 0) return makeErrorObservation(`The PDF has ${count} pages; there is no page ${first}.`);
  return {
    eventType: 'FileReadObservation',
    content: writePages(first, read.value),
    metadata: { path: shownPathOf(path) },
  };
}

function writePages(first: number, { count, pages }: ExtractedPages): string {
  const written = pages.map((text, at) => {
    const said = text.trim() === '' ? '[It holds no text; it may be a picture.]' : text.trimEnd();
    return `[Page ${first + at} of ${count}]\n${said}\n`;
  });
  let chars = 0;
  const tooMuch = written.findIndex((text) => {
    chars += text.length;
    return chars > readCharsMax;
  });
  const shown = tooMuch < 0 ? written : written.slice(0, Math.max(1, tooMuch));
  const last = first + shown.length - 1;
  const note = last < count ? `[There are ${count} pages: read on with offset ${last + 1}.]\n` : '';
  return cutText(shown.join(''), readCharsMax) + note;
}
