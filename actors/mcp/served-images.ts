// Shows a model the images of a server's result: those of a kind and size that models take, kept for the session.
import type { KeptImage } from '../../schema/image.ts';
import { readImage } from '../images/read-image.ts';
import type { ToolRun } from '../tools/tool.ts';
import { partsMax } from './served-result.ts';

/** Images of one result: each takes a thousand tokens or more. */
const imagesMax = 4;

type Part = { type?: unknown; data?: unknown };

/** @returns the content with a text in the place of each image that is shown, or that can't be, of the parts that are read at all */
export async function showServedImages(
  content: unknown,
  keepImage: ToolRun['keepImage'],
): Promise<{ content: unknown; images: KeptImage[] }> {
  if (!Array.isArray(content) || !keepImage) return { content, images: [] };
  const images: KeptImage[] = [];
  const parts: unknown[] = [];
  for (const part of content.slice(0, partsMax) as (Part | null)[]) {
    const isShown = part?.type === 'image' && typeof part.data === 'string' && images.length < imagesMax;
    parts.push(isShown ? await showImage(Buffer.from(String(part.data), 'base64'), keepImage, images) : part);
  }
  return { content: [...parts, ...content.slice(partsMax)], images };
}

async function showImage(
  bytes: Uint8Array,
  keepImage: NonNullable<ToolRun['keepImage']>,
  images: KeptImage[],
): Promise<{ type: 'text'; text: string }> {
  const say = (text: string) => ({ type: 'text' as const, text: `[${text}]` });
  const image = readImage(bytes);
  if (!image) return say(`Here it gave an image of ${bytes.length} bytes, which is of no kind that is shown.`);
  if (!image.ok) return say(`Here it gave an image, which is not shown. ${image.failure.detail}`);
  const kept = await keepImage(bytes);
  if (!kept.ok) return say(`Here it gave an image, which is not shown. ${kept.failure.detail}`);
  images.push({ digest: kept.value, ...image.value });
  const { mediaType, width, height } = image.value;
  return say(`An image: ${mediaType}, ${width} × ${height} pixels.`);
}
