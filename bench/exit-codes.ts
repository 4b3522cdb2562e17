// The exit codes that the bench's commands have in common.

/** What was measured isn't valid, or didn't hold. */
export const failedExitCode = 1;
/** EX_USAGE of sysexits.h. */
export const usageExitCode = 64;
