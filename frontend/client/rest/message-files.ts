// What files a message may bring, as the engine takes them: more is refused before any of it is sent.
import { messageLimits } from '../../../schema/message-limits.ts';
import { LucidError } from '../lucid-error.ts';

/** The pictures that models are shown. */
const pictureType = /^image\/(png|jpeg|gif|webp)$/;

const { attachmentsMax, attachmentsBytesMax, imageBytesMax } = messageLimits;

/** @returns why these can't go with one message, with the first that is too much; undefined where they can */
export function findFilesProblem(files: readonly File[]): LucidError | undefined {
  let bytes = 0;
  for (const [at, file] of files.entries()) {
    bytes += file.size;
    if (at >= attachmentsMax) return errorOf(file, at, `At most ${attachmentsMax} files come with a message.`);
    if (file.size > imageBytesMax && pictureType.test(file.type))
      return errorOf(file, at, `It holds ${sizeOf(file.size)}, and an image may hold ${sizeOf(imageBytesMax)}.`);
    if (bytes > attachmentsBytesMax)
      return errorOf(
        file,
        at,
        `${beginningOf(at, file.size, bytes)} may hold ${sizeOf(attachmentsBytesMax)} together.`,
      );
  }
  return undefined;
}

const beginningOf = (at: number, size: number, bytes: number): string =>
  at === 0
    ? `It holds ${sizeOf(size)}, and the files of a message`
    : `With it there would be ${sizeOf(bytes)}, and the files of a message`;

const errorOf = ({ name }: File, at: number, message: string): LucidError =>
  new LucidError('invalid', `${name}: ${message}`, { errors: [{ path: `files.${at}`, message }] });

const sizeOf = (bytes: number): string => `${Number((bytes / 1024 ** 2).toFixed(2))} MiB`;
