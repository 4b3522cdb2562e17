// What a page got of a session whose script thinks aloud: the thoughts in a text, and the events that its sockets brought.
import type { Page } from 'playwright-core';

export const findThoughts = (text = ''): string[] => text.match(/Thought \d+ of \d+/g) ?? [];

/** @returns the sequences of all events that the page's sockets bring */
export function watchFrames(page: Page): number[] {
  const sequences: number[] = [];
  page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => {
      const { type, sequence } = JSON.parse(String(payload)) as { type: string; sequence?: number };
      if (sequence !== undefined && type !== 'attached') sequences.push(sequence);
    }),
  );
  return sequences;
}
