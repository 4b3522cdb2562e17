// Answers what people ask of a session's workspace.
import type { Outcome } from '../../schema/error.ts';
import type { WorkspaceAnswer, WorkspaceRequest } from '../../schema/workspace-request.ts';
import type { Workspace } from './workspace.ts';

export function answerRequest(workspace: Workspace, request: WorkspaceRequest): Promise<Outcome<WorkspaceAnswer>> {
  switch (request.ask) {
    case 'listFiles':
      return workspace.listFiles();
    case 'readFile':
      return workspace.readFile(request.path, request.part);
    case 'listChanges':
      return workspace.listChanges();
    case 'readDiff':
      return workspace.readDiff(request.path);
  }
}
