// The pictures in a conversation: what they take, which of them a request holds, and what a model reads in place of the others.
import type { AnsweredCall, ContextEntry, ModelImage } from './model.ts';

/** Pictures of one request: with more, Anthropic takes small ones only. */
export const imagesMax = 20;
/** Their bytes as base64: half of what a request may hold with the strictest provider, Google's 20 MB. */
export const imageCharsMax = 10 * 1024 * 1024;
/** How much is left out at a time, so that a request seldom begins otherwise than the last one. */
const leftOutAtOnce = 0.5;

/** The most that a picture takes: providers make larger ones smaller. */
const imageTokensMax = 4_784;
const pixelsPerToken = 750;

/** As Anthropic counts; Google's and OpenAI's own counts are below that for most pictures. */
export const tokensOfImage = ({ width, height }: Pick<ModelImage, 'width' | 'height'>): number =>
  Math.min(imageTokensMax, Math.ceil((width * height) / pixelsPerToken));

const charsOfImage = ({ size }: ModelImage): number => 4 * Math.ceil(size / 3);

const goneSentence = 'An image that was here is not kept any more.';
const olderSentence = 'An image that was shown here is left out by now; read its file to see it again.';
const blindSentence = 'There is an image here, which this model cannot see.';

/** @param show gives a picture, or the sentence that stands in its place */
function mapImages(
  context: readonly ContextEntry[],
  show: (image: ModelImage) => ModelImage | string,
): readonly ContextEntry[] {
  return context.map((entry) => {
    if (entry.kind === 'user') return entry.images ? mapShown(entry, show) : entry;
    if (entry.kind !== 'answer' || !entry.calls.some(({ observation }) => observation.images)) return entry;
    return { ...entry, calls: entry.calls.map((answered) => mapCall(answered, show)) };
  });
}

function mapCall(answered: AnsweredCall, show: (image: ModelImage) => ModelImage | string): AnsweredCall {
  const { observation } = answered;
  return observation.images ? { ...answered, observation: mapShown(observation, show) } : answered;
}

function mapShown<Shown extends { text: string; images?: readonly ModelImage[] }>(
  shown: Shown,
  show: (image: ModelImage) => ModelImage | string,
): Shown {
  const mapped = (shown.images ?? []).map(show);
  const kept = mapped.filter((image) => typeof image !== 'string');
  const sentences = mapped.filter((image) => typeof image === 'string').map((sentence) => `[${sentence}]`);
  const text = [...(shown.text === '' ? [] : [shown.text]), ...sentences].join('\n');
  return { ...shown, text, images: kept };
}

/** All pictures of a conversation, oldest first. */
export function listImages(context: readonly ContextEntry[]): ModelImage[] {
  const images: ModelImage[] = [];
  for (const entry of context) {
    if (entry.kind === 'user' && entry.images) images.push(...entry.images);
    if (entry.kind !== 'answer') continue;
    for (const { observation } of entry.calls) if (observation.images) images.push(...observation.images);
  }
  return images;
}

/** Leaves out the oldest pictures where there are too many, or too large ones. */
export function boundImages(context: readonly ContextEntry[]): readonly ContextEntry[] {
  const images = listImages(context);
  if (images.length === 0) return context;
  const chars = images.map(charsOfImage);
  const leftOut = Math.max(
    countLeftOut(
      images.map(() => 1),
      imagesMax,
    ),
    countLeftOut(chars, imageCharsMax),
  );
  if (leftOut === 0) return context;
  let at = 0;
  return mapImages(context, (image) => (at++ < leftOut ? olderSentence : image));
}

/** How many of the oldest go: always up to a multiple of half of what may be there, and never the newest one. */
function countLeftOut(sizes: readonly number[], max: number): number {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total <= max) return 0;
  const step = max * leftOutAtOnce;
  const until = Math.ceil((total - max) / step) * step;
  let sum = 0;
  const last = sizes.findIndex((size) => {
    sum += size;
    return sum >= until;
  });
  return last < 0 ? sizes.length - 1 : Math.min(last + 1, sizes.length - 1);
}

/** For a model that doesn't see. */
export const describeImages = (context: readonly ContextEntry[]): readonly ContextEntry[] =>
  mapImages(context, () => blindSentence);

/** Puts the bytes in; what is gone is a sentence from then on. */
export async function loadImages(
  context: readonly ContextEntry[],
  load: (digest: string) => Promise<string | undefined>,
): Promise<readonly ContextEntry[]> {
  const images = listImages(context);
  if (images.length === 0) return context;
  const digests = new Set(images.map(({ digest }) => digest));
  const loaded = new Map<string, string | undefined>();
  for (const digest of digests) loaded.set(digest, await load(digest));
  return mapImages(context, (image) => {
    const dataBase64 = loaded.get(image.digest);
    return dataBase64 === undefined ? goneSentence : { ...image, dataBase64 };
  });
}
