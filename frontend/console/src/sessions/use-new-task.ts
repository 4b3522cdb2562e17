// The state of a new task: its text, its choices, and what the engine says when it is started.
import { useEffect, useState } from 'react';
import { useSignIn } from '../app/signed-in-user.ts';
import { type MessageFiles, useMessageFiles } from '../attachments/use-message-files.ts';
import { useRepeatable } from '../attachments/use-repeatable.ts';
import { LucidError, useLucid } from '../lucid.ts';
import { unreachable } from '../ui/words-of-error.ts';
import { type Problems, placeProblem, type TaskField } from './creation-problem.ts';
import { type Choices, noSecrets, readRemembered, type Secrets, writeRemembered } from './remembered-choices.ts';
import { type NewTaskBody, writeTaskBody } from './task-body.ts';

export type NewTaskState = {
  text: string;
  choices: Choices;
  secrets: Secrets;
  files: MessageFiles;
  /** Those that were used last. */
  repositories: readonly string[];
  problems: Problems;
  isStarting: boolean;
  setText(text: string): void;
  choose(changes: Partial<Choices & Secrets>): void;
  start(): void;
};

/** @param onStarted called with the id of the session that began */
export function useNewTask(onStarted: (sessionId: string) => void): NewTaskState {
  const lucid = useLucid();
  const storageKey = `lucid.new-task.${useSignIn().data?.user?.id ?? ''}`;
  const [remembered] = useState(() => readRemembered(localStorage.getItem(storageKey)));
  const [text, setText] = useState('');
  const [choices, setChoices] = useState(remembered.choices);
  const [secrets, setSecrets] = useState(noSecrets);
  const [problems, setProblems] = useState<Problems>({});
  const [isStarting, setStarting] = useState(false);
  const repeat = useRepeatable();
  const forget = (fields: readonly string[]) =>
    setProblems((all) => Object.fromEntries(Object.entries(all).filter(([field]) => !fields.includes(field))));
  const files = useMessageFiles(() => forget(['files'] satisfies TaskField[]));
  useEffect(() => {
    const forgetOffline = () => setProblems((all) => (all.task === unreachable ? {} : all));
    addEventListener('online', forgetOffline);
    return () => removeEventListener('online', forgetOffline);
  }, []);
  const start = async (): Promise<void> => {
    if (isStarting || text.trim() === '') return;
    setStarting(true);
    setProblems({});
    const body: NewTaskBody = writeTaskBody(text.trim(), { ...choices, ...secrets });
    try {
      const given = await files.read();
      const said = [JSON.stringify(body), ...files.all.map(({ file }) => file)];
      const { sessionId } = await repeat(said, (options) => lucid.sessions.create(body, { ...options, files: given }));
      localStorage.setItem(storageKey, writeRemembered(remembered, choices));
      onStarted(sessionId);
    } catch (error) {
      setProblems(error instanceof LucidError ? placeProblem(error) : { files: (error as Error).message });
      setStarting(false);
    }
  };
  return {
    ...{ text, choices, secrets, files, problems, isStarting },
    repositories: remembered.repositories,
    setText: (next) => {
      setText(next);
      forget(['task'] satisfies TaskField[]);
    },
    choose: (changes) => {
      const { gitToken = secrets.gitToken, apiKey = secrets.apiKey, ...others } = changes;
      setSecrets({ gitToken, apiKey });
      setChoices({ ...choices, ...others });
      forget(Object.keys(changes));
    },
    start: () => void start(),
  };
}
