// What went wrong, in words for people: a browser's own say little to who has no connection. Pure.
import type { LucidError } from '../lucid.ts';

export const unreachable = 'The engine can’t be reached. It may be starting again, or you may be offline.';

type Told = { message: string; code?: LucidError['code'] };

/** The engine's words, unless the engine wasn't heard. */
export const wordsOfError = ({ code, message }: Told): string => (code === 'networkFailed' ? unreachable : message);
