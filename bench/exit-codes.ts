// The exit code that the bench's commands have beside those of all commands.

/** What was measured isn't valid, or didn't hold. */
export const failedExitCode = 1;
