// The palette: every page, every session and every act of the page that is shown, by a few letters of its name.
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Command, defaultFilter } from 'cmdk';
import { useLucid } from '../lucid.ts';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { usePaletteActs } from './palette-acts.ts';

type PaletteProps = { isOpen: boolean; isAdmin: boolean; onOpenChange(isOpen: boolean): void };

const itemClass =
  'flex min-h-9 items-center gap-2 rounded-md px-2 text-sm data-[selected=true]:bg-accent-soft data-[selected=true]:text-accent';
const groupClass =
  '[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted';

/** Ids hold most numbers, so that a session is found by its title alone. */
const rank = (value: string, search: string, keywords?: string[]): number =>
  defaultFilter(keywords?.join(' ') || value, search);

const titleOf = (session: { task: string } | { title: string; task: string }): string =>
  'title' in session ? session.title : session.task;

export function Palette({ isOpen, isAdmin, onOpenChange }: PaletteProps) {
  const lucid = useLucid();
  const navigate = useNavigate();
  const acts = usePaletteActs();
  const sessions = useQuery({
    queryKey: ['sessions', 'palette'],
    queryFn: () => lucid.sessions.list({ state: ['created', 'working', 'waiting', 'idle'], limit: 50 }),
    enabled: isOpen,
  });
  const choose = (act: () => unknown) => () => {
    onOpenChange(false);
    act();
  };
  return (
    <Command.Dialog
      open={isOpen}
      onOpenChange={onOpenChange}
      label="Go to"
      filter={rank}
      overlayClassName="fixed inset-0 z-40 bg-black/40"
      contentClassName="fixed top-[12vh] left-1/2 z-50 w-[min(36rem,calc(100vw-1.5rem))] -translate-x-1/2 overflow-hidden rounded-lg border border-line bg-raised shadow-overlay"
    >
      <Command.Input
        placeholder="A page, a session, something to do…"
        className="w-full border-b border-line bg-transparent px-4 py-3 outline-none placeholder:text-muted"
      />
      <Command.List className="max-h-[50vh] overflow-y-auto p-2">
        <Command.Empty className="p-3 text-sm text-muted">Nothing has that name.</Command.Empty>
        {acts.length > 0 && (
          <Command.Group heading="On this page" className={groupClass}>
            {acts.map(({ label, keys, act }) => (
              <Command.Item key={label} onSelect={choose(act)} className={itemClass}>
                {label}
                {keys && <kbd className="ml-auto font-mono text-xs text-muted">{keys}</kbd>}
              </Command.Item>
            ))}
          </Command.Group>
        )}
        <Command.Group heading="Pages" className={groupClass}>
          <Command.Item onSelect={choose(() => navigate({ to: '/' }))} className={itemClass}>
            Sessions
          </Command.Item>
          <Command.Item onSelect={choose(() => navigate({ to: '/history' }))} className={itemClass}>
            History
          </Command.Item>
          {isAdmin && (
            <Command.Item onSelect={choose(() => navigate({ to: '/admin' }))} className={itemClass}>
              Admin
            </Command.Item>
          )}
        </Command.Group>
        {sessions.data && sessions.data.sessions.length > 0 && (
          <Command.Group heading="Sessions" className={groupClass}>
            {sessions.data.sessions.map(({ sessionId, ...session }) => (
              <Command.Item
                key={sessionId}
                value={sessionId}
                keywords={[titleOf(session)]}
                onSelect={choose(() => navigate({ to: '/sessions/$sessionId', params: { sessionId } }))}
                className={itemClass}
              >
                <span className="truncate">
                  <DeceptiveText text={titleOf(session)} />
                </span>
              </Command.Item>
            ))}
          </Command.Group>
        )}
      </Command.List>
    </Command.Dialog>
  );
}
