// In the head of a session: the model and how full its context is; pressed, it tells more, such as the MCP servers.
import { Popover } from 'radix-ui';
import type { SessionNow } from '../lucid.ts';
import { Badge, type BadgeTone } from '../ui/badge.tsx';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { formatCost, formatCount } from '../ui/format.ts';
import { useNow } from '../ui/use-now.ts';
import { describeServer, describeTrouble, isHeldBack, shareOfContext, shortModel } from './describe-now.ts';

export function SessionNowButton({ now }: { now: SessionNow }) {
  const nowMs = useNow(1_000);
  const share = shareOfContext(now);
  const trouble = describeTrouble(now, nowMs);
  const words = [
    ...(share === undefined ? [] : [`${share}% of context`]),
    ...(now.model === undefined ? [] : [shortModel(now.model)]),
  ].join(' · ');
  return (
    <Popover.Root>
      <Popover.Trigger className="flex min-h-8 min-w-0 items-center gap-2 rounded-md px-1.5 hover:bg-sunken hover:text-text pointer-coarse:min-h-10">
        <span className="max-w-64 truncate tabular-nums">{words || 'Details'}</span>
        {now.unread.length > 0 && <Badge tone="info">{now.unread.length} unread</Badge>}
        {trouble !== undefined && <Badge tone="warn">{trouble}</Badge>}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={4}
          collisionPadding={8}
          aria-label="How the session stands"
          className="z-50 grid max-h-[var(--radix-popover-content-available-height)] w-96 max-w-[calc(100vw-1rem)] gap-3 overflow-y-auto rounded-md border border-line bg-raised p-3 text-sm shadow-overlay"
        >
          <Figures now={now} share={share} />
          {isHeldBack(now, nowMs) && now.rateLimitedUntil !== undefined && (
            <p>
              The next request waits for the limits of the provider, until{' '}
              {new Date(now.rateLimitedUntil).toLocaleTimeString('en')} at least.
            </p>
          )}
          <Servers servers={now.mcpServers ?? []} />
          <Unread unread={now.unread} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Figures({
  now: { model, effort, context, usage, budgetUsd, spentUsd = 0 },
  share,
}: {
  now: SessionNow;
  share: number | undefined;
}) {
  const tokens = usage && usage.inputTokens + usage.outputTokens;
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-1">
      {model !== undefined && <Row name="Model">{effort === undefined ? model : `${model}, effort ${effort}`}</Row>}
      {context && (
        <Row name="Context">
          {formatCount(context.tokens)} of {formatCount(context.tokensMax)} tokens
          <span className="mt-1 block h-1.5 overflow-hidden rounded-sm bg-sunken" aria-hidden="true">
            <span className="block h-full bg-accent" style={{ width: `${share ?? 0}%` }} />
          </span>
        </Row>
      )}
      {usage && tokens !== undefined && (
        <Row name="This turn">
          {usage.steps} {usage.steps === 1 ? 'step' : 'steps'}, {formatCount(tokens)} tokens
          {usage.cachedTokens > 0 && `, ${formatCount(usage.cachedTokens)} of them from the cache`}
          {usage.costUsd !== undefined && `, ${formatCost(usage.costUsd)}`}
        </Row>
      )}
      {budgetUsd !== undefined && (
        <Row name="Budget">
          {formatCost(spentUsd)} of {formatCost(budgetUsd)} spent
        </Row>
      )}
    </dl>
  );
}

const Row = ({ name, children }: { name: string; children: React.ReactNode }) => (
  <>
    <dt className="text-muted">{name}</dt>
    <dd className="min-w-0 wrap-anywhere tabular-nums">{children}</dd>
  </>
);

const serverTones: Record<string, BadgeTone> = { ready: 'good', failed: 'bad', starting: 'accent', waiting: 'neutral' };

function Servers({ servers }: { servers: NonNullable<SessionNow['mcpServers']> }) {
  if (servers.length === 0) return null;
  return (
    <section aria-label="MCP servers" className="grid gap-1">
      <h2 className="text-xs text-muted">MCP servers</h2>
      <ul className="grid gap-1">
        {servers.map((server) => (
          <li key={server.name} className="flex min-w-0 items-start gap-2" title={server.tools.join('\n')}>
            <Badge tone={serverTones[server.state] ?? 'neutral'}>{server.state}</Badge>
            <span className="min-w-0 wrap-anywhere">
              <DeceptiveText text={server.name} />
              <span className="text-muted">
                , <DeceptiveText text={describeServer(server)} />
              </span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Unread({ unread }: { unread: SessionNow['unread'] }) {
  if (unread.length === 0) return null;
  return (
    <section aria-label="Not read yet" className="grid gap-1">
      <h2 className="text-xs text-muted">The agent reads before its next step</h2>
      <ul className="grid gap-1">
        {unread.map(({ sequence, content }) => (
          <li key={sequence} className="line-clamp-2 wrap-anywhere">
            <DeceptiveText text={content} />
          </li>
        ))}
      </ul>
    </section>
  );
}
