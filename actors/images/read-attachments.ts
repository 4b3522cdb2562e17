// Makes attachments of files that were sent with a message: pictures by their bytes, each under a name of its own. Pure.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { type Attachment, imageTypes } from '../../schema/image.ts';
import type { UploadedFile } from '../../schema/protocol/route.ts';
import { digestOf } from '../kept-files.ts';
import { attachmentsFolder } from './attached-files.ts';
import { readImage } from './read-image.ts';

/** A file as it is to be kept. */
export type NewAttachment = { attachment: Attachment & { digest: string }; bytes: Uint8Array };

/** Characters of a name, beside the digest that keeps two files apart. */
const nameCharsMax = 100;
const digestChars = 8;

/** @returns `invalid` for what is called an image and is none, or is too large for a model */
export function readAttachments(files: readonly UploadedFile[]): Outcome<NewAttachment[]> {
  const made: NewAttachment[] = [];
  for (const [at, file] of files.entries()) {
    const attachment = readAttachment(file);
    if (!attachment.ok) {
      const message = attachment.failure.detail;
      return failed('invalid', `${nameOf(file)}: ${message}`, { errors: [{ path: `files.${at}`, message }] });
    }
    made.push({ attachment: attachment.value, bytes: file.bytes });
  }
  return succeeded(made);
}

function readAttachment(file: UploadedFile): Outcome<NewAttachment['attachment']> {
  const { bytes, type } = file;
  const image = readImage(bytes);
  if (image && !image.ok) return image;
  if (!image && imageTypes.some((known) => known === type))
    return failed('invalid', `It is said to be ${type}, and its bytes are no image.`);
  const digest = digestOf(bytes);
  const path = `${attachmentsFolder}/${digest.slice(0, digestChars)}-${nameOf(file)}`;
  return succeeded({ path, size: bytes.length, digest, ...(image && { image: { digest, ...image.value } }) });
}

/** The last part of a name, without what means something to a shell or a terminal. */
function nameOf({ name }: UploadedFile): string {
  const last = name.split(/[/\\]/).at(-1) ?? '';
  const safe = last
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, '_')
    .replace(/^[._-]+/, '');
  const [cut = ''] = [...safe].length > nameCharsMax ? [[...safe].slice(-nameCharsMax).join('')] : [safe];
  return cut === '' ? 'file' : cut;
}
