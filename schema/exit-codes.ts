// The exit codes of the project's commands, as sysexits.h numbers them.

/** EX_USAGE: the command line is wrong. */
export const usageExitCode = 64;
/** EX_CONFIG: a person has to mend something first, so `npm start` doesn't try again. */
export const badConfigExitCode = 78;
