// Whether a command that comes again under its id says what was recorded for the first one, beside its words.
import { isDeepStrictEqual } from 'node:util';
import type { Choice } from '../../schema/choice.ts';
import type { EventMetadata } from '../../schema/event.ts';

type Said = Pick<EventMetadata, 'toolCallId' | 'decision' | 'choice'> | null | undefined;

/**
 * Compares about which call it is, how that is decided and with which input, and what a message chooses.
 * @param again masked as what was recorded
 */
export const saysSame = (recorded: Said, again: Said): boolean => isDeepStrictEqual(saidOf(recorded), saidOf(again));

/** Without what the session adds when it records it. */
function saidOf(said: Said) {
  const { kind: _, allows: __, toolCallId = said?.toolCallId, ...made } = said?.decision ?? {};
  return { toolCallId, ...made, choice: choiceOf(said?.choice) };
}

/** A model may be named without its provider, which is recorded with it. */
function choiceOf(choice: Choice | undefined) {
  const { model, ...others } = choice ?? {};
  const named = Object.entries(others).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(named), ...(model !== undefined && { model: model.slice(model.indexOf('/') + 1) }) };
}
