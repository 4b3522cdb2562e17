// The frame of every page for those who have signed in: the way to each page, the palette, and who one is.
import { Link, Outlet } from '@tanstack/react-router';
import { History, LayoutList, LogOut, Search, Shield } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Menu, MenuItem } from '../ui/menu.tsx';
import { definePart } from '../ui/part.tsx';
import { Mark } from './mark.tsx';
import { signOut, useSignIn } from './signed-in-user.ts';
import { useShortcut } from './use-shortcut.ts';

const Palette = definePart(() => import('./palette.tsx').then((module) => module.Palette));
/** So long the page has the network for itself; the palette is there by the time that somebody wants it. */
const paletteAfterMs = 3_000;

const pages = [
  { to: '/', label: 'Sessions', Icon: LayoutList },
  { to: '/history', label: 'History', Icon: History },
] as const;

export function Shell() {
  const { data } = useSignIn();
  const [isPaletteOpen, openPalette] = useState(false);
  useShortcut('mod+k', () => openPalette(true));
  useEffect(() => {
    const timer = setTimeout(() => void Palette.preload(), paletteAfterMs);
    return () => clearTimeout(timer);
  }, []);
  const all = data?.isAdmin ? [...pages, { to: '/admin', label: 'Admin', Icon: Shield } as const] : pages;
  return (
    <div className="grid h-full grid-rows-[auto_minmax(0,1fr)]">
      <a
        href="#main"
        className="sr-only z-50 rounded-md bg-raised p-3 focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
      >
        Skip to the page
      </a>
      <header className="flex h-12 items-center gap-1 border-b border-line bg-surface px-3">
        <Link to="/" aria-label="Lucid, your sessions" className="mr-2 rounded-md [&>svg]:size-7">
          <Mark />
        </Link>
        <nav aria-label="Pages" className="flex min-w-0 items-center gap-1">
          {all.map(({ to, label, Icon }) => (
            <Link
              key={to}
              to={to}
              activeOptions={{ exact: to === '/' }}
              className="flex min-h-8 pointer-coarse:min-h-10 items-center gap-2 rounded-md px-2 text-sm text-muted hover:bg-sunken hover:text-text aria-[current=page]:bg-sunken aria-[current=page]:font-medium aria-[current=page]:text-text"
            >
              <Icon className="size-4" aria-hidden="true" />
              <span className="max-sm:sr-only">{label}</span>
            </Link>
          ))}
        </nav>
        <div className="ml-auto flex items-center gap-1">
          <Button tone="quiet" onClick={() => openPalette(true)} aria-keyshortcuts="Control+K Meta+K">
            <Search className="size-4" aria-hidden="true" />
            <span className="max-sm:sr-only">Go to…</span>
            <span className="rounded-sm border border-line px-1 font-mono text-xs max-sm:hidden" aria-hidden="true">
              Ctrl K
            </span>
          </Button>
          <Menu label={`Signed in as ${data?.user?.name ?? ''}`} trigger={<Initial name={data?.user?.name ?? ''} />}>
            <MenuItem onSelect={() => void signOut()}>
              <LogOut className="size-4" aria-hidden="true" /> Sign out
            </MenuItem>
          </Menu>
        </div>
      </header>
      <div id="main" className="min-h-0" tabIndex={-1}>
        <Outlet />
      </div>
      {isPaletteOpen && <Palette isOpen onOpenChange={openPalette} isAdmin={data?.isAdmin ?? false} />}
    </div>
  );
}

const Initial = ({ name }: { name: string }) => (
  <span
    className="grid size-7 place-items-center rounded-full bg-accent-soft text-sm font-medium text-accent"
    aria-hidden="true"
  >
    {[...name][0]?.toUpperCase() ?? '?'}
  </span>
);
