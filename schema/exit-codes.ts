// The exit codes of all commands that people run, as sysexits.h numbers them.

/** EX_USAGE: the command line asks for what there isn't. */
export const usageExitCode = 64;
/** EX_CONFIG: somebody has to change something before it can work; `npm start` doesn't try again. */
export const badConfigExitCode = 78;
