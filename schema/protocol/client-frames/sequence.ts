// The numbers of a position, as a client sends them.
import * as v from 'valibot';
import { limits } from '../../limits.ts';

/** Reads a number above the largest sequence as the largest one: no event has it, so the position isn't trusted. */
export const bounded = v.transform((given: number) => Math.min(given, limits.sequenceMax));

export const sequence = v.pipe(v.number(), v.integer(), v.minValue(0), bounded);
