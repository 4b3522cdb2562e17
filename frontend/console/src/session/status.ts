// How a session stands, in words and tones that all pages share.
import type { SessionState } from '../lucid.ts';
import type { BadgeTone } from '../ui/badge.tsx';

const shown: Record<SessionState, { word: string; tone: BadgeTone }> = {
  created: { word: 'new', tone: 'neutral' },
  working: { word: 'working', tone: 'accent' },
  idle: { word: 'ready', tone: 'good' },
  stopped: { word: 'stopped', tone: 'neutral' },
  failed: { word: 'failed', tone: 'bad' },
};

export const showState = (state: SessionState) => shown[state];

/** Whether a turn goes on, which can be interrupted. */
export const isWorkingStatus = (state: SessionState | null): boolean => state === 'working' || state === 'created';

export const hasEnded = (state: SessionState | null): boolean => state === 'stopped' || state === 'failed';
