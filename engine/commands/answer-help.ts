// What commands that people run say of themselves: on stdout where help is asked for, on stderr where they can't be run so.
import { usageExitCode } from '../../schema/exit-codes.ts';

/** Ends the process where help is asked for. */
export function answerHelp(usage: string, args: readonly string[] = process.argv.slice(2)): void {
  if (!args.includes('--help') && !args.includes('-h')) return;
  console.log(usage);
  process.exit(0);
}

/** Ends the process where the command line asks for what there isn't. */
export function refuseUsage(error: unknown, usage: string): never {
  console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
  process.exit(usageExitCode);
}
