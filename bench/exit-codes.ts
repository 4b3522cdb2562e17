// The exit code that the bench's commands have beside those of all commands.

/** The measurement isn't valid, or a promise or limit didn't hold. */
export const failedExitCode = 1;
