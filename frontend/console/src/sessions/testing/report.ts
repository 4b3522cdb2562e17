// A session's report for tests: one that is done, unless they say otherwise.
import type { SessionReport } from '../../session/session-report.ts';

export const makeReport = (changes: Partial<SessionReport> = {}): SessionReport => ({
  sessionId: 's-1',
  userId: 'ada',
  chatId: 'c-1',
  task: 'Write hello world',
  title: 'Write hello world',
  repoUrl: null,
  branch: null,
  state: 'idle',
  isAlive: true,
  isActive: false,
  createdAt: '2026-11-29T12:00:00.000Z',
  updatedAt: '2026-11-29T12:00:00.000Z',
  lastTurn: null,
  usage: {
    turns: 0,
    inputTokens: 0,
    outputTokens: 0,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    steps: 0,
    durationMs: 0,
  },
  watchers: 0,
  queuePosition: null,
  lastEvent: null,
  waitingFor: [],
  ...changes,
});
