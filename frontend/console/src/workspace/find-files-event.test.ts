// Lists are asked for again after what may have changed files, and not after mere words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionEvent } from '../lucid.ts';
import { findFilesEvent } from './find-files-event.ts';

const eventOf = (sequence: number, eventType: string): SessionEvent => ({
  type: 'agent_event',
  event: 'observation',
  eventType,
  content: '',
  timestamp: '2026-11-29T12:00:00.000+00:00',
  sessionId: 's-1',
  epoch: 1,
  sequence,
});

test('the last event after which files may be others is found', () => {
  assert.equal(findFilesEvent([]), 0);
  const events = ['ThinkAction', 'CmdOutputObservation', 'FileWriteAction', 'UserFileChange', 'AgentMessage'];
  assert.equal(findFilesEvent(events.map((type, index) => eventOf(index + 1, type))), 4);
  assert.equal(findFilesEvent([eventOf(7, 'FileReadObservation')]), 0);
});
