// The whole of an event whose frame was cut: the chat has it.
import { useQuery } from '@tanstack/react-query';
import { useLucid } from '../../lucid.ts';

export type WholeEvent = { content: string; diff: string | undefined };

/** @param isWanted whether to ask for it; what was read stays known */
export function useWholeEvent(sessionId: string, sequence: number, isWanted: boolean) {
  const lucid = useLucid();
  return useQuery({
    queryKey: ['whole-event', sessionId, sequence],
    enabled: isWanted,
    staleTime: Number.POSITIVE_INFINITY,
    retry: 1,
    queryFn: async (): Promise<WholeEvent> => {
      const { chatId } = await lucid.sessions.read(sessionId);
      const asked = { after_sequence: sequence - 1, limit: 1, include: 'system' } as const;
      const [event] = (await lucid.chats.messages(chatId, asked)).messages;
      if (event?.sequence !== sequence) throw new Error('The record has no such event.');
      const { diff } = JSON.parse(event.metadataJson ?? '{}') as { diff?: string };
      return { content: event.content, diff };
    },
  });
}
