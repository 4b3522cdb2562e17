// What the sandbox uses over time, and what each call took.
import type { SessionEvent } from '../lucid.ts';
import { EmptyState } from '../ui/empty-state.tsx';

export type ResourcesTabProps = { sessionId: string; events: readonly SessionEvent[] };

export const ResourcesTab = (_: ResourcesTabProps) => <EmptyState title="Nothing is measured yet" />;
