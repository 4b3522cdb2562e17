// A number of a position, as a client claims it.
import * as v from 'valibot';
import { limits } from '../../limits.ts';

/** No event has a higher one, so a client that claims more has a position that can't be trusted all the same. */
export const bounded = v.transform((given: number) => Math.min(given, limits.sequenceMax));

export const sequence = v.pipe(v.number(), v.integer(), v.minValue(0), bounded);
