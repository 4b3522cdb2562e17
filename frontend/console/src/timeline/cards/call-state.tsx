// How a call ended, in a word: colours are never the only sign.
import { Badge } from '../../ui/badge.tsx';
import { Elapsed } from '../../ui/elapsed.tsx';
import { formatDuration } from '../../ui/format.ts';
import type { CallState } from '../items/item.ts';

type CallEndProps = { state: CallState; at: string; durationMs?: number | undefined; exitCode?: number | undefined };

export function CallEnd({ state, at, durationMs, exitCode }: CallEndProps) {
  const isGood = state === 'done' && (exitCode ?? 0) === 0;
  return (
    <span className="ml-auto flex shrink-0 items-center empty:hidden gap-2 text-xs text-muted tabular-nums">
      {state === 'running' ? <Elapsed since={at} /> : durationMs !== undefined && formatDuration(durationMs)}
      {state === 'running' && <Badge tone="accent">running</Badge>}
      {state === 'asked' && <Badge tone="warn">waits for you</Badge>}
      {state === 'cut' && <Badge tone="warn">cut off</Badge>}
      {state === 'failed' && <Badge tone="bad">failed</Badge>}
      {state === 'done' && exitCode !== undefined && <Badge tone={isGood ? 'good' : 'bad'}>exit {exitCode}</Badge>}
    </span>
  );
}
