// What can be done with a chat, from History and from its session's page alike.
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { LucidError, useLucid } from '../lucid.ts';
import { useToast } from '../ui/toast.tsx';
import { wordsOfError } from '../ui/words-of-error.ts';
import { chatsKey, hideChat, showTitle } from './chat-pages.ts';

/** What the engine takes as a title. */
export const titleCharsMax = 255;

type ExportFormat = 'json' | 'markdown';

export type ChatActs = {
  /** Shows the new title at once, and the old one again where the engine doesn't take it. */
  rename(chatId: string, title: string): Promise<void>;
  /** @throws where it wasn't deleted */
  remove(chatId: string): Promise<void>;
  /** @param untilSequence the last event to copy; all where it is absent */
  fork(chatId: string, untilSequence?: number): Promise<void>;
  /** Goes to the chat's session, or where that has ended to a new one that goes on from it. */
  resume(chat: { id: string; agentSessionId: string | null }): Promise<void>;
  exportAs(chatId: string, format: ExportFormat): void;
};

export function useChatActs(): ChatActs {
  const lucid = useLucid();
  const client = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  return useMemo(() => {
    const refresh = (keys: readonly string[][]) =>
      Promise.all(keys.map((queryKey) => client.invalidateQueries({ queryKey })));
    const lists = [['sessions'], chatsKey];
    const open = (sessionId: string) => navigate({ to: '/sessions/$sessionId', params: { sessionId } });
    const fork = async (chatId: string, untilSequence?: number) => {
      try {
        const { sessionId } = await lucid.chats.fork(chatId, { untilSequence: untilSequence ?? null });
        void refresh(lists);
        await open(sessionId);
        toast('This is a session of its own, with a copy of what was said and a new workspace.');
      } catch (error) {
        toast(`Forking failed: ${messageOf(error)}`, true);
      }
    };
    return {
      rename: async (chatId, title) => {
        await client.cancelQueries({ queryKey: chatsKey });
        showTitle(client, chatId, title);
        await lucid.chats
          .rename(chatId, title)
          .catch((error: unknown) => toast(`Renaming failed: ${messageOf(error)}`, true));
        await refresh([['session'], ...lists]);
      },
      remove: async (chatId) => {
        await lucid.chats.remove(chatId);
        hideChat(client, chatId);
        void refresh(lists);
        toast('The chat was deleted.');
      },
      fork,
      resume: async ({ id, agentSessionId }) => {
        const isAlive = agentSessionId !== null && (await isSessionAlive(lucid, agentSessionId));
        await (isAlive ? open(agentSessionId) : fork(id));
      },
      exportAs,
    };
  }, [lucid, client, navigate, toast]);
}

/** Where that isn't known, whoever asks goes to the session, whose page says more. */
async function isSessionAlive(lucid: ReturnType<typeof useLucid>, sessionId: string): Promise<boolean> {
  try {
    return (await lucid.sessions.read(sessionId)).isAlive;
  } catch (error) {
    return !(error instanceof LucidError && error.code === 'noSuchSession');
  }
}

/** The browser saves it while it comes, of any length. */
function exportAs(chatId: string, format: ExportFormat): void {
  const link = document.createElement('a');
  link.href = `/api/v1/chats/${encodeURIComponent(chatId)}/export?format=${format}`;
  link.download = '';
  link.click();
}

const messageOf = (error: unknown): string => (error instanceof Error ? wordsOfError(error) : String(error));
