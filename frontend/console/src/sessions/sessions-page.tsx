// The page of one's sessions: the field in which a new one begins, and below it the live list.
import { useEffect, useState } from 'react';
import { Failure } from '../ui/failure.tsx';
import { SearchField } from '../ui/search-field.tsx';
import { wordsOfError } from '../ui/words-of-error.ts';
import { NewTask } from './new-task.tsx';
import { SessionList } from './session-list.tsx';
import { type Sessions, useSessions } from './use-sessions.ts';

/** Sessions that a search goes through by itself; what is older is found in History. */
const searchedMax = 1_000;

export function SessionsPage() {
  const sessions = useSessions();
  const [search, setSearch] = useState('');
  useSearchOfOlder(sessions, search);
  const { known } = sessions;
  const isFirst = known?.size === 0;
  return (
    <main className="h-full overflow-y-auto">
      <div className="mx-auto grid max-w-4xl gap-6 py-6 sm:px-6">
        {isFirst && <Welcome />}
        <NewTask isFirst={isFirst} />
        {known !== undefined && !isFirst && (
          <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 sm:px-0">
            <h1 className="text-lg font-semibold">Sessions</h1>
            <div className="w-full sm:w-72">
              <SearchField label="Search sessions" value={search} onChange={setSearch} />
            </div>
          </div>
        )}
        <Trouble sessions={sessions} />
        {known && <SessionList sessions={{ ...sessions, known }} search={search.trim()} />}
      </div>
    </main>
  );
}

/** What whoever has no session yet reads first. */
const Welcome = () => (
  <div className="grid gap-1 px-4 pt-[8vh] sm:px-0">
    <h1 className="text-xl font-semibold">Start your first session</h1>
    <p className="text-muted">
      Say what the agent should do and press Enter. It works in a sandbox of its own, and you watch every step.
    </p>
  </div>
);

/** What is known stays on the page while the engine doesn't answer. */
function Trouble({ sessions: { known, error, readAgain } }: { sessions: Sessions }) {
  if (!error) return null;
  if (!known) return <Failure error={error} doing="Reading your sessions" retry={readAgain} />;
  return (
    <p role="status" className="rounded-md bg-warn-soft px-4 py-2 text-sm text-warn">
      The list is as it was: {wordsOfError(error)}
    </p>
  );
}

/** Older sessions are read one page after another while one searches. */
function useSearchOfOlder({ known, hasOlder, isLoadingOlder, loadOlder }: Sessions, search: string): void {
  const isWanted = search.trim() !== '' && hasOlder && !isLoadingOlder && (known?.size ?? 0) < searchedMax;
  useEffect(() => {
    if (isWanted) loadOlder().catch(() => undefined); // The list itself says when the engine doesn't answer.
  }, [isWanted, loadOlder]);
}
