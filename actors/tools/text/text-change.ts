// What a text becomes when it is changed, or why it can't be changed as asked.
import { failed } from '../../../schema/error.ts';

/** `said`: the beginning of a sentence about it, which goes on with the place. */
export type TextChange = { content: string; said: string };

export const refuseChange = (detail: string) => failed('invalid', detail);
