// What somebody who follows a session is told beside its story.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lucid, Session, SessionEvent, TransientFrame } from '../../client/index.ts';
import { Emitter } from '../../client/session/emitter.ts';
import type { SessionValues } from '../../client/session/readers.ts';
import { exitCodes } from '../exit-codes.ts';
import { makeColors } from '../show/colors.ts';
import { Follower } from './follower.ts';
import { TextStory } from './story.ts';

test('without a terminal, too, somebody is told that a session moves, and that it is back', async () => {
  const heard = new Emitter<SessionValues>();
  const snapshot = { connection: 'open', queued: 0 };
  const notes: string[] = [];
  const lines: string[] = [];
  const print = (told: readonly string[]) => void lines.push(...told);
  const follower = new Follower({
    lucid: {} as Lucid,
    session: {
      on: heard.on.bind(heard),
      detach: () => undefined,
      state: { getSnapshot: () => snapshot },
    } as Partial<Session> as Session,
    story: new TextStory(print, makeColors(false)),
    note: (sentence) => void notes.push(sentence),
    refresh: () => undefined,
    staysWhenIdle: () => true,
    historyThrough: 0,
    skipThrough: 0,
    canReply: false,
    staysWhenAsked: false,
    print,
    colors: makeColors(false),
    patienceMs: 60_000,
    comeBack: 'Come back.',
    now: () => 0,
  });
  const following = follower.follow();
  const moving: TransientFrame = { type: 'status', status: 'moving', sessionId: 's-1', message: 'It is away.' };
  const said: SessionEvent = {
    type: 'agent_event',
    event: 'action',
    eventType: 'MessageAction',
    content: 'Here.',
    ...{ sessionId: 's-1', epoch: 1, sequence: 1, timestamp: '2026-02-17T10:30:00.000+00:00' },
  };
  heard.emit('transient', moving);
  heard.emit('event', said);
  heard.emit('transient', moving);
  heard.emit('transient', { type: 'session_state', sessionId: 's-1', now: { waitingFor: [], unread: [] } });
  heard.emit('transient', { type: 'session_state', sessionId: 's-1', now: { waitingFor: [], unread: [] } });
  follower.leave(exitCodes.done);
  assert.equal(await following, exitCodes.done);
  assert.deepEqual(notes, ['It is away.', 'The session is back.', 'It is away.', 'The session is back.', 'Come back.']);
  assert.deepEqual(lines, ['Here.']);
});
