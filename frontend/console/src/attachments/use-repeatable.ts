// A request whose answer was lost: made again with the same words and files, it is the same one under its key, and is done once.
import { useRef } from 'react';
import { type CallOptions, LucidError } from '../lucid.ts';

type Lost = { said: readonly unknown[]; key: string };

/** @returns makes a request @param said all that it says: texts, and files by identity */
export function useRepeatable() {
  const lost = useRef<Lost>(undefined);
  return async <Answer>(
    said: readonly unknown[],
    ask: (options: Pick<CallOptions, 'idempotencyKey'>) => Promise<Answer>,
  ): Promise<Answer> => {
    const key = lost.current && isSame(lost.current.said, said) ? lost.current.key : undefined;
    lost.current = undefined;
    try {
      return await ask(key === undefined ? {} : { idempotencyKey: key });
    } catch (error) {
      if (error instanceof LucidError && error.idempotencyKey !== undefined)
        lost.current = { said, key: error.idempotencyKey };
      throw error;
    }
  };
}

const isSame = (one: readonly unknown[], other: readonly unknown[]): boolean =>
  one.length === other.length && one.every((each, at) => each === other[at]);
