// What a text becomes when it is changed, or why it can't be changed as asked.
import { failed } from '../../../schema/error.ts';

/** `said`: the beginning of a sentence about the change, which goes on with the path. */
export type TextChange = { content: string; said: string };

export const refuseChange = (detail: string) => failed('invalid', detail);
