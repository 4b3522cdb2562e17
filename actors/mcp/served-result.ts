// What a model reads of a server's result: text, and sentences in place of what is no text. Pure.
import { keepHeadAndTail } from '../../schema/rules/head-and-tail.ts';
import { cutText } from '../../schema/rules/text.ts';

/** Characters of one result that a model reads: its beginning and its end. */
const resultCharsMax = 16_000;
/** Parts of one result. */
export const partsMax = 200;

type Part = Record<string, unknown>;

export type ServedResult = { text: string; isError: boolean };

/** @param result as the SDK has checked it */
export function readServedResult(result: {
  content?: unknown;
  structuredContent?: unknown;
  isError?: unknown;
}): ServedResult {
  const parts: unknown[] = Array.isArray(result.content) ? result.content : [];
  const lines = parts.slice(0, partsMax).map(readPart);
  if (parts.length > partsMax) lines.push(`[${parts.length - partsMax} more parts are left out.]`);
  const said = lines.filter((line) => line !== '').join('\n');
  const text = said === '' && result.structuredContent !== undefined ? writeJson(result.structuredContent) : said;
  return { text: keepHeadAndTail(text, resultCharsMax), isError: result.isError === true };
}

function readPart(given: unknown): string {
  const part = partOf(given);
  const resource = partOf(part.resource);
  switch (part.type) {
    case 'text':
      return textOf(part.text);
    case 'image':
    case 'audio':
      return `[Here it gave ${part.type === 'image' ? 'an image' : 'a sound'} (${nameType(part.mimeType)}, ${sizeOf(part.data)}), which is not shown.]`;
    case 'resource_link':
      return `[A link to ${textOf(part.uri)}${part.description === undefined ? '' : `: ${textOf(part.description)}`}]`;
    case 'resource':
      return resource.text === undefined
        ? `[Here it gave the file ${textOf(resource.uri)} (${nameType(resource.mimeType)}, ${sizeOf(resource.blob)}), which is not shown.]`
        : `[${textOf(resource.uri)}]\n${textOf(resource.text)}`;
    default:
      return '';
  }
}

const partOf = (value: unknown): Part => (typeof value === 'object' && value !== null ? (value as Part) : {});

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const nameType = (type: unknown): string => cutText(textOf(type), 60) || 'of no type';

const sizeOf = (base64: unknown): string => `${Math.floor(textOf(base64).length * 0.75)} bytes`;

function writeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return '[Its result is nested too deep.]';
  }
}
