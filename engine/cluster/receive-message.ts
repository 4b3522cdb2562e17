// Gives each message of the bus to the part of the cluster that it is for.
import type { BusMessage, MessageOf } from '../../schema/bus.ts';
import type { Directory } from '../sessions/directory.ts';
import { showTransientTo } from '../sessions/fan-out.ts';
import type { Answers } from './answers.ts';
import type { Asks } from './asks.ts';
import type { RemoteFollowers } from './remote-followers.ts';
import type { RemoteSessions } from './remote-sessions.ts';
import type { SecretChanges } from './secret-changes.ts';
import type { SharedLimits } from './shared-limits.ts';
import type { Standing } from './standing.ts';

export type Receivers = {
  asks: Asks;
  answers: Answers;
  remote: RemoteSessions;
  followers: RemoteFollowers;
  secretChanges: SecretChanges;
  limits: SharedLimits;
  standing: Standing;
  directory: Pick<Directory, 'audienceOf'>;
};

/** @param ageMs how much longer than usual it was on its way */
export function receiveMessage(to: Receivers, from: string, message: BusMessage, ageMs: number): void {
  const { asks, answers, remote, followers, secretChanges, limits, standing } = to;
  standing.note(from);
  switch (message.kind) {
    case 'ask':
      return void answers.receiveAsk(from, message, ageMs);
    case 'reply':
      return asks.receiveReply(from, message.k, message.outcome);
    case 'follow':
      return void followers.receiveFollow(from, message);
    case 'followed':
      secretChanges.noteFollowed(
        from,
        message.stored.map(([sessionId]) => sessionId),
      );
      return remote.receiveFollowed(from, message);
    case 'unfollow':
      return followers.receiveUnfollow(from, message);
    case 'frames':
      return remote.receiveFrames(from, message);
    case 'live':
      return showLive(to, from, message);
    case 'moved':
      remote.receiveMoved(from, message.sessionId);
      return asks.lookAgain(message.sessionId);
    case 'lost':
      return remote.receiveLost(from, message);
    case 'secretsChanged':
      return secretChanges.receive(message.sessionId);
    case 'hello':
      return standing.noteHello(from, message.stores);
    case 'spent':
      return limits.receiveSpent(message);
    case 'held':
      return limits.receiveHeld(from, message);
    case 'reconnected':
      remote.callRollSoon();
      return asks.lookAgainAt(from);
    case 'leaving':
      limits.forgetBoot(from);
      return remote.receiveLeaving(from);
  }
}

function showLive({ remote, directory }: Receivers, from: string, { sessionId, frames }: MessageOf<'live'>): void {
  if (remote.findBoot(sessionId) !== from) return;
  const audience = directory.audienceOf(sessionId);
  for (const frame of frames) showTransientTo(audience, frame);
}
