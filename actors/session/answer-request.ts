// Answers what people ask of a session's workspace, and records what they change in it.
import { type Outcome, sessionEnded, succeeded } from '../../schema/error.ts';
import type { StoredEvent } from '../../schema/event.ts';
import type { WorkspaceAnswer, WorkspaceRequest, WrittenFile } from '../../schema/workspace-request.ts';
import type { SessionParts } from './session-parts.ts';

type Answering = Pick<SessionParts, 'workspace' | 'recorder' | 'fileTreeFeed' | 'credentials' | 'snapshots'> & {
  /** Whether the session can record nothing more. */
  hasEnded(): boolean;
  /** Resolves once the event is stored; with a failure where it never will be. */
  waitUntilStored(event: StoredEvent): Promise<Outcome<void>>;
};

/** Programs of the workspace say why something failed, so that what they say is masked. */
export async function answerRequest(
  answering: Answering,
  request: WorkspaceRequest,
): Promise<Outcome<WorkspaceAnswer>> {
  const answer = await ask(answering, request);
  return answer.ok ? answer : { ok: false, failure: answering.credentials.masking.maskValue(answer.failure) };
}

function ask(answering: Answering, request: WorkspaceRequest): Promise<Outcome<WorkspaceAnswer>> {
  const { workspace } = answering;
  switch (request.ask) {
    case 'listFiles':
      return workspace.listFiles();
    case 'readFile':
      return workspace.readFile(request.path, request.part);
    case 'listChanges':
      return workspace.listChanges();
    case 'readDiff':
      return workspace.readDiff(request.path);
    case 'listAll':
      return workspace.listAll();
    case 'readBytes':
      return workspace.readBytes(request.path, request.offset);
    case 'makePatch':
      return workspace.makePatch();
    case 'readPatch':
      return workspace.readPatch(request.patch, request.offset);
    case 'writeFile':
      return writeFile(answering, request);
  }
}

/** The model reads the event before its next step; it begins no turn. */
async function writeFile(
  { workspace, recorder, fileTreeFeed, snapshots, hasEnded, waitUntilStored }: Answering,
  { path, content }: Extract<WorkspaceRequest, { ask: 'writeFile' }>,
): Promise<Outcome<WrittenFile>> {
  const written = await workspace.writeFile(path, content);
  if (!written.ok) return written;
  if (hasEnded()) return sessionEnded;
  const bytes = content.length === 1 ? '1 byte' : `${content.length} bytes`;
  const event = recorder.recordEvent({
    role: 'system',
    eventType: 'UserFileChange',
    content: `The user has written ${written.value.path} (${bytes}).`,
    metadata: { path: written.value.path, ...written.value.kept },
  });
  fileTreeFeed.scheduleTree();
  if (workspace.heldSandbox) snapshots.noteChange(workspace.heldSandbox);
  const stored = await waitUntilStored(event);
  return stored.ok ? succeeded({ path: written.value.path, sequence: event.sequence }) : stored;
}
