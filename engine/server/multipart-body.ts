// Reads a body of multipart/form-data: the fields of a JSON body, and files beside them.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import type { UploadedFile } from '../../schema/protocol/route.ts';
import { cleanText } from '../../schema/rules/text.ts';
import { parseJson } from '../../schema/validate.ts';

/** The part that holds fields as JSON; any other part without a file name is one field, as text. */
const jsonPart = 'json';
/** Files and fields together: more than a body has. */
const partsMax = 64;

export type MultipartBody = { fields: Record<string, unknown>; files: UploadedFile[] };

export const isMultipart = (contentType: string): boolean => /^multipart\/form-data\s*;/i.test(contentType);

export async function readMultipart(bytes: Uint8Array, contentType: string): Promise<Outcome<MultipartBody>> {
  const boundary = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType);
  const mark = boundary?.[1] ?? boundary?.[2];
  if (mark === undefined) return failed('badRequest', 'The content type multipart/form-data names no boundary.');
  if (countUpTo(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), `--${mark}`, partsMax + 1) > partsMax)
    return failed('badRequest', `The body has more than ${partsMax} parts.`);
  const form = await parseForm(bytes, contentType);
  if (!form) return failed('badRequest', 'The body is not multipart/form-data as its boundary says.');
  const files = [...form].filter((part): part is [string, File] => typeof part[1] !== 'string');
  if (files.length > limits.attachmentsMax)
    return failed('invalid', `There are ${files.length} files; at most ${limits.attachmentsMax} come with a message.`);
  const fields = readFields([...form].flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])));
  return fields.ok ? succeeded({ fields: fields.value, files: await Promise.all(files.map(readFile)) }) : fields;
}

/** Counts no further than it matters, so that millions of parts cost nothing. */
function countUpTo(bytes: Buffer, mark: string, max: number): number {
  let count = 0;
  for (let at = bytes.indexOf(mark); at >= 0 && count < max; at = bytes.indexOf(mark, at + mark.length)) count++;
  return count;
}

/** Node's own parser throws for what is none. */
async function parseForm(bytes: Uint8Array, contentType: string): Promise<FormData | undefined> {
  try {
    return await new Response(new Uint8Array(bytes), { headers: { 'Content-Type': contentType } }).formData();
  } catch {
    return undefined;
  }
}

function readFields(parts: string[][]): Outcome<Record<string, unknown>> {
  const fields: Record<string, unknown> = {};
  for (const [name = '', text = ''] of parts) {
    if (text.length > limits.bodyBytesMax) return failed('bodyTooLarge', `The field ${cleanText(name)} is too large.`);
    if (name !== jsonPart) {
      if (Object.hasOwn(fields, name)) return failed('badRequest', `The field ${cleanText(name)} came more than once.`);
      fields[name] = text;
      continue;
    }
    const json = parseJson(text, 'badRequest');
    if (!json.ok) return json;
    if (typeof json.value !== 'object' || json.value === null || Array.isArray(json.value))
      return failed('badRequest', `The part ${jsonPart} is no JSON object.`);
    Object.assign(fields, json.value);
  }
  return succeeded(fields);
}

const readFile = async ([, file]: [string, File]): Promise<UploadedFile> => ({
  name: file.name,
  type: file.type,
  bytes: new Uint8Array(await file.arrayBuffer()),
});
