// The pictures that models see, and how the engine keeps what comes with messages.
import * as v from 'valibot';

/** What every provider takes. */
export const imageTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const;
export type ImageType = (typeof imageTypes)[number];

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** A picture whose bytes are kept for its session, where their SHA-256 finds them. */
export const KeptImage = v.strictObject({
  digest: v.string(),
  mediaType: v.picklist(imageTypes),
  width: count,
  height: count,
  /** In bytes. */
  size: count,
});
export type KeptImage = v.InferOutput<typeof KeptImage>;

/** A file that came with a message of the user. */
export const Attachment = v.strictObject({
  /** Where it is in the workspace. */
  path: v.string(),
  size: count,
  /** Where its bytes are kept, too, so that it is put there again. */
  digest: v.exactOptional(v.string()),
  /** Of a picture, which the model is shown. */
  image: v.exactOptional(KeptImage),
});
export type Attachment = v.InferOutput<typeof Attachment>;
