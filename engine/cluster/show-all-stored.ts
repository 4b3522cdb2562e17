// Has those who follow a session here read all that is stored of it: frames of its last owner may not have come.
import type { History } from '../database/history.ts';
import type { Directory, Entry } from '../sessions/directory.ts';

export type ShowDependencies = {
  directory: Pick<Directory, 'audienceOf'>;
  history: Pick<History, 'findPosition'>;
};

/** Never rejects: without PostgreSQL they see what is missing with the session's next event. */
export async function showAllStored(
  { directory, history }: ShowDependencies,
  { sessionId, chatId }: Pick<Entry, 'sessionId' | 'chatId'>,
): Promise<void> {
  const position = await history.findPosition(chatId, 0).catch(() => undefined);
  if (!position) return;
  for (const follower of directory.audienceOf(sessionId)) follower.expect(position.lastSequence);
}
