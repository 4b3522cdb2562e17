// A program of its own: reads a PDF from its input and writes the texts of some pages as JSON. What a hostile file does to it ends with it.
import { getDocumentProxy } from 'unpdf';
import { reasonOf } from '../../schema/reason-of.ts';
import type { ExtractedPages } from './read-pdf.ts';

const [first = 1, last = 1] = process.argv.slice(2).map(Number);

async function readInput(): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part as Buffer);
  return new Uint8Array(Buffer.concat(parts));
}

async function extractPages(bytes: Uint8Array): Promise<ExtractedPages> {
  const pdf = await getDocumentProxy(bytes);
  const pages: string[] = [];
  for (let number = first; number <= Math.min(last, pdf.numPages); number++) {
    const { items } = await (await pdf.getPage(number)).getTextContent();
    pages.push(items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join(''));
  }
  return { count: pdf.numPages, pages };
}

const said = await extractPages(await readInput()).catch((error: unknown) => ({
  problem: reasonOf(error),
}));
process.stdout.write(JSON.stringify(said));
