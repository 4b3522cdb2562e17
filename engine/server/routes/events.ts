// A session's events over HTTP: a page of them, or a stream that goes on.
import { elsewhere, type Outcome, succeeded } from '../../../schema/error.ts';
import type { StoredEvent } from '../../../schema/event.ts';
import { everything } from '../../../schema/protocol/additions.ts';
import { frameOf, makeFrame } from '../../../schema/protocol/events/event-frame.ts';
import type { AnswerOf } from '../../../schema/protocol/route.ts';
import type { Routes } from '../../../schema/protocol/routes.ts';
import { noSecrets } from '../../../schema/session.ts';
import type { History } from '../../database/history.ts';
import { countedAs, type Principal, showToViewer, type Viewer } from '../../sessions/access.ts';
import { idsOf } from '../../sessions/find-session.ts';
import type { Sessions } from '../../sessions/sessions.ts';
import type { ViewerStreams } from '../../shares/viewer-streams.ts';
import type { OpenedStream, StreamOpener } from '../event-streams.ts';
import { type Followable, Following, type FollowingDependencies } from '../following.ts';
import { canResume, type Position } from '../position.ts';
import type { Wire } from '../wire.ts';
import type { Handlers, RouteRequest } from './handler.ts';

export type EventRouteDependencies = FollowingDependencies & {
  sessions: Sessions;
  history: History;
  viewerStreams: Pick<ViewerStreams, 'add'>;
};

type Request = RouteRequest<Routes['readEvents']>;

export const makeEventHandlers = (dependencies: EventRouteDependencies): Handlers<Pick<Routes, 'readEvents'>> => ({
  readEvents: {
    audit: { act: 'session.read', findSubject: ({ parameters: [session] }) => ({ session }) },
    handle: (request) => readPage(request, dependencies),
    openStream: (request) => openStream(request, dependencies),
  },
});

/** Reads rows alone, so that who looks brings no session back into memory. */
async function readPage(
  { principal, parameters, query: { after, limit } }: Request,
  { sessions, history, readTurns }: EventRouteDependencies,
): Promise<Outcome<AnswerOf<Routes['readEvents']>>> {
  const found = await sessions.find(principal, parameters.id);
  if (!found.ok) return found;
  const { sessionId, chatId } = idsOf(found.value);
  const events = await readTurns.take(countedAs(principal), () => history.listEvents(sessionId, chatId, after, limit));
  const nextAfter = events.length < limit ? null : (events.at(-1)?.sequence ?? null);
  const { viewer } = principal;
  return succeeded({ events: events.map(viewer ? shownFrameTo(viewer) : makeFrame), nextAfter });
}

const shownFrameTo =
  (viewer: Viewer) =>
  (event: StoredEvent): ReturnType<typeof makeFrame> =>
    JSON.parse(showToViewer(viewer, frameOf(event)) ?? 'null');

/** @returns undefined where the session has ended, and the client has all of its events */
async function openStream(
  { principal, parameters, headers, query }: Request,
  dependencies: EventRouteDependencies,
): Promise<Outcome<StreamOpener | undefined>> {
  const { sessions } = dependencies;
  const unavailable = sessions.checkAvailability();
  if (unavailable) return unavailable;
  const found = await sessions.find(principal, parameters.id);
  if (!found.ok) return found;
  if (found.value.kind === 'elsewhere') return elsewhere;
  const followable = found.value;
  const position = headers['Last-Event-ID'] ?? query.last_event_id ?? positionIn(query);
  if (followable.kind === 'ended' && (await hasAll(position, followable.chatId, dependencies)))
    return succeeded(undefined);
  return succeeded((wire) => follow(wire, followable, { principal, position }, dependencies));
}

const positionIn = ({ epoch, last_sequence: lastSequence = 0 }: Request['query']): Position => ({
  lastSequence,
  ...(epoch !== undefined && { epoch }),
});

async function hasAll(position: Position, chatId: string, { history }: EventRouteDependencies): Promise<boolean> {
  const stored = await history.findPosition(chatId, position.lastSequence);
  return position.lastSequence === stored.lastSequence && canResume(position, stored);
}

type Asked = { principal: Principal; position: Position };

function follow(
  wire: Wire,
  found: Followable,
  { principal: { viewer }, position }: Asked,
  dependencies: EventRouteDependencies,
): OpenedStream {
  const following = new Following(dependencies, wire, everything);
  following.start();
  const attach = async (): Promise<Outcome<undefined>> => {
    const attaching = viewer ? following.watch(found, position, viewer) : following.attach(found, position, noSecrets);
    const failure = await attaching.catch((error) => wire.convertThrown(error));
    if (!failure) return succeeded(undefined);
    following.refuse(failure);
    return { ok: false, failure };
  };
  if (viewer) dependencies.viewerStreams.add(viewer, following);
  return { following, attached: attach() };
}
