// What was said before: chats to search, rename, export, continue and delete.
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { SearchField } from '../ui/search-field.tsx';
import { ChatList } from './chat-list.tsx';

/** So long after the last letter a search begins: longer than between two letters. */
const searchDelayMs = 250;
/** As much of a search as the engine reads. */
const searchCharsMax = 255;

export function HistoryPage() {
  const { q = '' } = useSearch({ from: '/signed-in/history' });
  const [text, setText] = useState(q);
  const navigate = useNavigate({ from: '/history' });
  useEffect(() => {
    document.title = 'History – Lucid';
  }, []);
  useEffect(() => {
    const wanted = text.trim().slice(0, searchCharsMax);
    if (wanted === q) return undefined;
    const timer = setTimeout(
      () => void navigate({ search: wanted === '' ? {} : { q: wanted }, replace: true }),
      searchDelayMs,
    );
    return () => clearTimeout(timer);
  }, [text, q, navigate]);
  return (
    <main className="mx-auto grid h-full max-w-4xl grid-rows-[auto_minmax(0,1fr)] gap-4 pt-6 sm:px-6">
      <div className="grid gap-4 px-4 sm:px-0">
        <h1 className="text-xl font-semibold">History</h1>
        <SearchField label="Search in titles and in what was said" value={text} onChange={setText} />
      </div>
      <ChatList key={q === '' ? 'all' : 'found'} search={q} />
    </main>
  );
}
