// What was said and isn't in the record yet, so that one sees that it waits, and which.
import { useMemo, useRef, useState } from 'react';
import type { MessageOptions, SessionView } from '../lucid.ts';

/** `sequence`: its place in the record, once the engine has taken it. */
type Waiting = { id: number; text: string; sequence?: number };

/** What is taken sooner isn't shown as waiting, since it would be gone at once. */
const patienceMs = 300;

/** There are no more than the client keeps at once. */
export function useWaitingMessages({ send, sequence }: SessionView) {
  const [all, setAll] = useState<readonly Waiting[]>([]);
  const lastId = useRef(0);
  const waiting = useMemo(
    () => all.filter((each) => each.sequence === undefined || each.sequence > sequence),
    [all, sequence],
  );
  /** @throws LucidError where the message is refused, or the session is left before */
  const say = async (text: string, options: MessageOptions): Promise<void> => {
    const id = ++lastId.current;
    const timer = setTimeout(
      () => setAll((before) => [...before.filter((each) => each.sequence === undefined), { id, text }]),
      patienceMs,
    );
    try {
      const taken = await send(text, options);
      setAll((before) => before.map((each) => (each.id === id ? { ...each, sequence: taken.sequence } : each)));
    } catch (error) {
      setAll((before) => before.filter((each) => each.id !== id));
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };
  return { waiting, say };
}
