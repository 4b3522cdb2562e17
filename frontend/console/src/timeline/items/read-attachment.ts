// What is shown of a file that came with a message. Pure.
import type { Attachment } from './item.ts';

/** Of all that browsers draw; SVG is not among them, since it is a document that could hold anything. */
const drawable: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

export const isDrawable = ({ mediaType = '' }: Attachment): boolean => drawable.has(mediaType);

export const nameOfFile = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
