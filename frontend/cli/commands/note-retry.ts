// Says at once why something isn't taken yet, since it is asked for again for half a minute.
import type { LucidError } from '../../client/index.ts';
import type { Context } from '../context.ts';

/** @returns what tells each reason once */
export function noteRetry({ note }: Pick<Context, 'note'>): (error: LucidError) => void {
  const told = new Set<string>();
  return ({ message }) => {
    if (told.has(message)) return;
    told.add(message);
    note(`${message} It is tried again.`);
  };
}
