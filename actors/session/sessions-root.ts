// The root of this thread's session actors: one xstate system for all of them, since each of its own costs 1.5 KB.
import { createActor, fromTransition } from 'xstate';

/** A session actor that throws is a bug, and ends the thread as it would without a parent. */
const rootLogic = fromTransition((_, event: { type: string; error?: unknown }) => {
  if (event.type.startsWith('xstate.error.')) throw event.error;
  return undefined;
}, undefined);

export const sessionsRoot = createActor(rootLogic);
sessionsRoot.start();
