// What is shown of a file that came with a message. Pure.
import type { Attachment } from './item.ts';

/** Of all that browsers draw; SVG is not among them, since it is a document that could hold anything. */
const drawable: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

export const isDrawable = ({ mediaType = '' }: Attachment): boolean => drawable.has(mediaType);

/** Files that came with messages have a part of their digest before their name. */
const digested = /^\/workspace\/\.attachments\/[0-9a-f]{8}-(?=.)/;

export const nameOfFile = (path: string): string => path.replace(digested, '').replace(/^.*\//s, '');
