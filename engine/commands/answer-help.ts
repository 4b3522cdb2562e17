// The usage text of a command: on stdout after `--help`, on stderr after a wrong command line.
import { usageExitCode } from '../../schema/exit-codes.ts';

/** Prints the usage and ends the process where `--help` is given. */
export function answerHelp(usage: string, args: readonly string[] = process.argv.slice(2)): void {
  if (!args.includes('--help') && !args.includes('-h')) return;
  console.log(usage);
  process.exit(0);
}

/** Prints what is wrong with the command line, then the usage, and ends the process. */
export function refuseUsage(error: unknown, usage: string): never {
  console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
  process.exit(usageExitCode);
}
