// `lucid doctor`: checks a deployment, one line for each finding, with what mends it.
import type { Context } from '../context.ts';
import { examine } from '../doctor/examine.ts';
import { type Finding, findingLine } from '../doctor/finding.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { findEngine } from '../settings/find-engine.ts';
import type { EngineOptions } from '../settings/open-client.ts';
import { toJsonLine } from '../show/escape-text.ts';

export async function examineDeployment(
  options: EngineOptions & { json?: boolean },
  context: Context,
): Promise<ExitCode> {
  const failed: Finding[] = [];
  for await (const finding of examine(findEngine(options, context.env), context.now)) {
    context.print([options.json ? toJsonLine(finding) : findingLine(finding, context.colors)]);
    if (finding.verdict === 'fail') failed.push(finding);
  }
  if (failed.length === 0) return exitCodes.done;
  if (failed.some(({ about }) => about === 'reachable')) return exitCodes.unreachable;
  return failed.every(({ about }) => about === 'token') ? exitCodes.notAllowed : exitCodes.failed;
}
