// What stands in place of the box once a session has ended: the way to go on from it.
import { GitFork } from 'lucide-react';
import { useState } from 'react';
import { useChatActs } from '../history/use-chat-acts.ts';
import { Button } from '../ui/button.tsx';

export function EndedSession({ chatId }: { chatId: string | undefined }) {
  const { fork } = useChatActs();
  const [isForking, setForking] = useState(false);
  const goOn = () => {
    if (chatId === undefined) return;
    setForking(true);
    void fork(chatId).finally(() => setForking(false));
  };
  return (
    <div className="flex flex-wrap items-center justify-center gap-3 border-t border-line p-3 text-sm text-muted">
      <p>This session has ended.</p>
      <Button onClick={goOn} disabled={chatId === undefined || isForking}>
        <GitFork className="size-4" aria-hidden="true" /> Continue as a new one
      </Button>
    </div>
  );
}
