// The process: reads the command line, runs the command, says in a sentence what went wrong, and ends with its code.
import { CommanderError } from 'commander';
import { LucidError } from '../client/index.ts';
import { type Context, makeContext } from './context.ts';
import { EndError, type ExitCode, exitCodeOf, exitCodes, UsageError } from './exit-codes.ts';
import { buildProgram, type Ended, exitCodeOfCommander } from './program.ts';
import { escapeText, toJsonLine } from './show/escape-text.ts';

/** How long connections may take to be closed in order, in milliseconds: some round trips. */
const closingMsMax = 2_000;

export async function main(args: readonly string[], version: string): Promise<void> {
  const context = makeContext();
  const ended: Ended = { exitCode: exitCodes.done };
  endQuietlyWithoutReader();
  try {
    await buildProgram(version, context, ended).parseAsync(args, { from: 'user' });
    process.exitCode = ended.exitCode;
  } catch (error) {
    process.exitCode = tellError(error, args, context);
  }
  await limitClosing(context);
}

/** @returns the exit code */
function tellError(error: unknown, args: readonly string[], { stderr }: Context): ExitCode {
  if (error instanceof CommanderError) return exitCodeOfCommander(error); // It has said why.
  if (args.includes('--json')) stderr.write(`${toJsonLine({ error: detailsOf(error) })}\n`);
  else stderr.write(`${escapeText(sentenceOf(error))}\n`);
  return exitCodeOf(error);
}

/** The process ends by itself, unless an engine that can't be reached never confirms that a connection is closed. */
async function limitClosing({ stdout, stderr }: Context): Promise<void> {
  for (const stream of [stdout, stderr])
    if (stream.writableLength > 0) await new Promise<void>((resolve) => stream.write('', () => resolve()));
  setTimeout(() => process.exit(), closingMsMax).unref();
}

/** Who reads the output may have enough of it, as `head` has. */
function endQuietlyWithoutReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(exitCodes.done);
  });
}

const detailsOf = (error: unknown) =>
  error instanceof LucidError
    ? { code: error.code, message: error.message, errors: error.errors }
    : { code: error instanceof UsageError ? 'usage' : 'failed', message: sentenceOf(error) };

function sentenceOf(error: unknown): string {
  if (error instanceof LucidError) {
    const parts = (error.errors ?? []).map(({ path, message }) => `${path}: ${message}`);
    return [error.message, ...parts].join('\n');
  }
  if (error instanceof UsageError || error instanceof EndError) return error.message;
  return error instanceof Error ? `It failed: ${error.message}` : String(error);
}
