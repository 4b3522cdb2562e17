// A word on a coloured ground, for states and kinds.
import type { ReactNode } from 'react';

const tones = {
  neutral: 'bg-sunken text-muted',
  accent: 'bg-accent-soft text-accent',
  good: 'bg-good-soft text-good',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
  info: 'bg-info-soft text-info',
};
export type BadgeTone = keyof typeof tones;

export const Badge = ({ tone = 'neutral', children }: { tone?: BadgeTone; children: ReactNode }) => (
  <span className={`inline-flex items-center gap-1 rounded-sm px-1.5 py-0.5 text-xs whitespace-nowrap ${tones[tone]}`}>
    {children}
  </span>
);
