// The process: reads the command line, runs the command, says in a sentence what went wrong, and ends with its code.
import { CommanderError } from 'commander';
import { LucidError } from '../client/index.ts';
import { makeContext } from './context.ts';
import { EndError, exitCodeOf, exitCodes, UsageError } from './exit-codes.ts';
import { buildProgram, type Ended, exitCodeOfCommander } from './program.ts';
import { escapeText, toJsonLine } from './show/escape-text.ts';

export async function main(args: readonly string[], version: string): Promise<void> {
  const context = makeContext();
  const ended: Ended = { exitCode: exitCodes.done };
  endQuietlyWithoutReader();
  try {
    await buildProgram(version, context, ended).parseAsync(args, { from: 'user' });
    process.exitCode = ended.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = exitCodeOfCommander(error); // It has said why.
      return;
    }
    process.exitCode = exitCodeOf(error);
    if (args.includes('--json')) context.stderr.write(`${toJsonLine({ error: detailsOf(error) })}\n`);
    else context.stderr.write(`${escapeText(sentenceOf(error))}\n`);
  }
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
