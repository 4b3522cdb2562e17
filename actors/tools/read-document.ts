// Shows a model the pages of a PDF: their text, as much as fits into one answer, and a few of them as pictures where they are asked for.

import { workspace } from '../../sandbox/sandbox.ts';
import { shownPathOf } from '../../sandbox/workspace/workspace-path.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { KeptImage } from '../../schema/image.ts';
import { cutText } from '../../schema/rules/text.ts';
import { type DrawnPage, drawnPagesMax, drawPages } from '../documents/draw-pages.ts';
import { type ExtractedPages, type PageRange, pdfBytesMax, readPdf } from '../documents/read-pdf.ts';
import { readImage } from '../images/read-image.ts';
import { readWholeFile } from '../images/read-whole-file.ts';
import { type PageOptions, readCharsMax } from './text/page.ts';
import { makeErrorObservation, type ToolEvent, type ToolRun } from './tool.ts';

/** Pages of one read, where the call names none. */
const pagesMax = 50;

const pdfBeginning = '%PDF-';

/** Small ones may be text from beginning to end. */
export const isPdf = (beginning: string): boolean => beginning.startsWith(pdfBeginning);

/** @param page in which lines are pages; a few that are named by their number are shown as pictures, too */
export async function readDocument(
  path: string,
  { offset: first = 1, limit }: PageOptions,
  run: ToolRun,
): Promise<ToolEvent> {
  const range = { first, last: first + Math.min(limit ?? pagesMax, pagesMax) - 1 };
  const text = await readTexts(path, range, run);
  if (text.ok && text.value.pages.length === 0)
    return makeErrorObservation(`The PDF has ${text.value.count} pages; there is no page ${first}.`);
  const last = text.ok ? Math.min(range.last, text.value.count) : range.last;
  const isFew = limit !== undefined && limit <= drawnPagesMax;
  const shown = isFew ? await showPages(path, { first, last }, run) : { images: [], notes: [] };
  if (!text.ok && shown.images.length === 0)
    return makeErrorObservation([text.failure.detail, ...shown.notes].join('\n'));
  const written = text.ok ? writePages(first, text.value) : `[${text.failure.detail}]\n`;
  return {
    eventType: 'FileReadObservation',
    content: `${written}${shown.notes.map((note) => `${note}\n`).join('')}`,
    metadata: { path: shownPathOf(path), ...(shown.images.length > 0 && { images: shown.images }) },
  };
}

async function readTexts(
  path: string,
  range: PageRange,
  { sandbox, signal }: ToolRun,
): Promise<Outcome<ExtractedPages>> {
  const file = await readWholeFile(path, sandbox, pdfBytesMax);
  return file.ok ? readPdf(file.value, range, signal) : file;
}

type ShownPages = { images: KeptImage[]; notes: string[] };

async function showPages(path: string, range: PageRange, { keepImage, ...run }: ToolRun): Promise<ShownPages> {
  if (!keepImage) return { images: [], notes: [] };
  const shownPath = shownPathOf(path);
  const drawn = await drawPages(shownPath.replace(workspace, run.sandbox.root), range, run);
  if (!drawn.ok) return { images: [], notes: [`[The pages can't be shown as pictures: ${drawn.failure.detail}.]`] };
  const images: KeptImage[] = [];
  const numbers: number[] = [];
  const notes: string[] = [];
  for (const page of drawn.value) {
    const image = await keepPage(page, keepImage);
    if (image.ok) images.push(image.value);
    if (image.ok) numbers.push(page.number);
    else notes.push(`[Page ${page.number} can't be shown as a picture: ${image.failure.detail}]`);
  }
  if (numbers.length > 0) notes.unshift(`[Shown as pictures, in this order: pages ${numbers.join(', ')}.]`);
  return { images, notes };
}

async function keepPage(page: DrawnPage, keepImage: NonNullable<ToolRun['keepImage']>): Promise<Outcome<KeptImage>> {
  if ('problem' in page) return failed('invalid', `${page.problem}.`);
  const image = readImage(page.bytes);
  if (!image?.ok) return image ?? failed('invalid', 'what was drawn is no picture.');
  const digest = await keepImage(page.bytes);
  return digest.ok ? succeeded({ digest: digest.value, ...image.value }) : digest;
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
