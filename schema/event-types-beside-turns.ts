// The types of agent events that also happen while no turn goes on, by which a session is not at work.

/** A person writes a file, or looks at the workspace, which is then opened. */
export const eventTypesBesideTurns: ReadonlySet<string> = new Set([
  'UserFileChange',
  'RepositoryCloned',
  'WorkspaceEmptied',
  'WorkspaceRestored',
  'SnapshotFailed',
  'WorkspaceSetup',
]);
