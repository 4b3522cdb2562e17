// Makes text of a fetched page: Markdown of HTML, other text as it is.
import { isUtf8 } from 'node:buffer';
import type { FetchedPage } from './fetch-command.ts';
import { writeMarkdown } from './write-markdown.ts';

const textTypes =
  /^(text\/|application\/([\w.+-]*\+)?(json|xml|javascript|yaml|x-yaml|toml|x-sh|ecmascript|x-ndjson)\b)/;
const htmlTypes = /^(text\/html|application\/xhtml\+xml)/;

/** @returns undefined for what is no text */
export async function readPageText({ type, bytes }: Pick<FetchedPage, 'type' | 'bytes'>): Promise<string | undefined> {
  const isText = textTypes.test(type) || htmlTypes.test(type) || (type === '' && isUtf8(bytes));
  if (!isText || bytes.includes(0)) return undefined;
  const text = decode(bytes, type);
  if (!htmlTypes.test(type) && !(type === '' && /^\s*<(!doctype html|html)/i.test(text))) return text;
  const { title, markdown, isCut } = await writeMarkdown(text);
  const head = title === '' || markdown.startsWith(`# ${title}`) ? '' : `# ${title}\n\n`;
  return `${head}${markdown}\n${isCut ? '[The page goes on, and is not shown.]\n' : ''}`;
}

/** Names of encodings stand near the beginning. */
const encodingBytes = 1_024;

function decode(bytes: Buffer, type: string): string {
  const said = /charset\s*=\s*["']?([\w-]+)/i;
  const label = said.exec(type)?.[1] ?? said.exec(bytes.toString('latin1', 0, encodingBytes))?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(label).decode(bytes);
  } catch {
    return bytes.toString('utf8'); // Nobody knows that encoding.
  }
}
