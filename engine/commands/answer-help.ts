// `--help` of the commands that people run: what they take, on stdout, and nothing is done.

/** Ends the process where help is asked for. */
export function answerHelp(usage: string, args: readonly string[] = process.argv.slice(2)): void {
  if (!args.includes('--help') && !args.includes('-h')) return;
  console.log(usage);
  process.exit(0);
}
