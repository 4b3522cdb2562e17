// Recognises a picture by its bytes, never by a name, and tells whether models take one of its size.
import { disableTypes, imageSize, types } from 'image-size';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { ImageType, KeptImage } from '../../schema/image.ts';
import { limits } from '../../schema/limits.ts';

const mediaTypes: Readonly<Record<string, ImageType>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
};

disableTypes(types.filter((type) => !Object.hasOwn(mediaTypes, type)));

/** Beginnings of the formats, so that no other file is looked into. */
const beginnings: readonly { type: ImageType; hex: RegExp }[] = [
  { type: 'image/png', hex: /^89504e470d0a1a0a/ },
  { type: 'image/jpeg', hex: /^ffd8ff/ },
  { type: 'image/gif', hex: /^47494638(37|39)61/ },
  { type: 'image/webp', hex: /^52494646.{8}57454250/ },
];

/** What a file's first bytes say that it is. */
export function imageTypeOf(bytes: Uint8Array): ImageType | undefined {
  const begin = Buffer.from(bytes.subarray(0, 12)).toString('hex');
  return beginnings.find(({ hex }) => hex.test(begin))?.type;
}

/** A picture without its digest, which its keeper knows. */
export type ReadImage = Omit<KeptImage, 'digest'>;

/** @returns undefined for what is no picture; a failure for one that no model would take */
export function readImage(bytes: Uint8Array): Outcome<ReadImage> | undefined {
  const mediaType = imageTypeOf(bytes);
  if (!mediaType) return undefined;
  const measured = measureImage(bytes);
  if (!measured) return failed('invalid', `It begins as ${mediaType} does, but it is no whole image.`);
  const { width, height } = measured;
  const { imageBytesMax, imagePixelsMax } = limits;
  if (bytes.length > imageBytesMax)
    return failed('invalid', `The image has ${bytes.length} bytes; models take at most ${imageBytesMax}.`);
  if (Math.max(width, height) > imagePixelsMax)
    return failed('invalid', `The image is ${width} × ${height}; models take at most ${imagePixelsMax} pixels a side.`);
  return succeeded({ mediaType, width, height, size: bytes.length });
}

/** The package throws for what it can't measure. */
function measureImage(bytes: Uint8Array): { width: number; height: number } | undefined {
  try {
    const { width, height } = imageSize(bytes);
    return width >= 1 && height >= 1 ? { width, height } : undefined;
  } catch {
    return undefined;
  }
}
