// Sends what is in the message box: words alone over the session's connection, which keeps them while it is away; with files
// by one request, whole or not at all. What wasn't sent stays in the box.
import { useState } from 'react';
import { useMessageFiles } from '../attachments/use-message-files.ts';
import { useRepeatable } from '../attachments/use-repeatable.ts';
import { type MessageChoice, noMessageChoice, writeMessageChoice } from '../choices/message-choice.ts';
import { type MessageOptions, useLucid } from '../lucid.ts';
import { wordsOfError } from '../ui/words-of-error.ts';
import { type Draft, emptyDraft } from './message-history.ts';

type Box = {
  sessionId: string;
  draft: Draft;
  setDraft(change: Draft | ((now: Draft) => Draft)): void;
  say(text: string, options: MessageOptions): Promise<void>;
};

export function useSending({ sessionId, draft, setDraft, say }: Box) {
  const lucid = useLucid();
  const repeat = useRepeatable();
  const [choice, setChoice] = useState(noMessageChoice);
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<string>();
  const forgetProblem = () => setProblem(undefined);
  const files = useMessageFiles(forgetProblem);
  const isEmpty = draft.text.trim() === '' && files.all.length === 0;
  const sendWords = async (text: string) => {
    setDraft(emptyDraft);
    setChoice(noMessageChoice);
    try {
      await say(text, writeMessageChoice(choice));
    } catch (error) {
      setDraft((now) => (now.text === '' ? { ...emptyDraft, text } : now));
      setChoice((now) => (now === noMessageChoice ? choice : now));
      throw error;
    }
  };
  const sendFiles = async (text: string) => {
    const given = await files.read();
    const content = text || given.map(({ name }) => name).join(', ');
    const sent = files.all;
    const said = [content, ...Object.values(choice), ...sent.map(({ file }) => file)];
    await repeat(said, (options) =>
      lucid.sessions.send(sessionId, content, { ...options, files: given }, writeMessageChoice(choice)),
    );
    setDraft(emptyDraft);
    setChoice(noMessageChoice);
    for (const { id } of sent) files.remove(id); // Others may have been given meanwhile.
  };
  const send = async () => {
    if (isEmpty || isSending) return;
    forgetProblem();
    const hasFiles = files.all.length > 0;
    if (hasFiles) setSending(true);
    try {
      await (hasFiles ? sendFiles(draft.text.trim()) : sendWords(draft.text.trim()));
    } catch (error) {
      setProblem(wordsOfError(error as Error));
    } finally {
      if (hasFiles) setSending(false);
    }
  };
  return {
    ...{ files, choice, isEmpty, isSending, problem, forgetProblem },
    choose: (next: MessageChoice) => {
      setChoice(next);
      forgetProblem();
    },
    send: () => void send(),
  };
}
