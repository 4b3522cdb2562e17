// What a call says of itself that was cut: the user's doing, or that its engine ended and the session moves on.

/** Why a turn is being cut short. */
export type CutReason = 'interrupted' | 'timeout' | 'stopped' | 'passivated' | 'fenced';

const moveSentence =
  'Nobody interrupted it: the engine ended, and the session moved to another engine, or to the same once it ran again.';

/** Whether the turn goes on elsewhere, or here after a restart. */
const isMoving = (signal: AbortSignal): boolean => signal.reason === ('passivated' satisfies CutReason);

export const writeCutCommandNote = (signal: AbortSignal): string =>
  isMoving(signal)
    ? `[The command was ended before it was done. ${moveSentence} It may be half done: look before you repeat it.]`
    : '[The command was interrupted.]';

export const writeCutCallNote = (signal: AbortSignal): string =>
  isMoving(signal) ? `This call was not begun. ${moveSentence}` : 'This turn was interrupted before the call was done.';
