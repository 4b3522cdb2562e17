// A call that is being written, in a line: the tool, and what of its input says what it is about. Pure.

/** `subject`: as far as it is written; undefined before that. */
type DescribedWriting = { tool: string; subject: string | undefined; chars: number };

/** Fields by which one knows a call, as they stand in the JSON; models write them first as a rule. */
const subjectPattern = /"(?:command|path|url|pattern|question|task|text|plan|message)"\s*:\s*"((?:[^"\\]|\\.)*)/s;
const subjectCharsMax = 300;

/** @param begun the beginning of the JSON, which ends anywhere */
export function describeWriting({ tool, begun, chars }: { tool: string; begun: string; chars: number }) {
  const [, written] = subjectPattern.exec(begun) ?? [];
  const subject = written === undefined ? undefined : readText(written).slice(0, subjectCharsMax).replace(/\s+/g, ' ');
  return { tool, subject, chars } satisfies DescribedWriting;
}

/** An escape that is not whole yet is left out. */
function readText(written: string): string {
  const whole = written.replace(/\\u[0-9a-fA-F]{0,3}$/, '');
  try {
    return JSON.parse(`"${whole}"`) as string;
  } catch {
    return whole; // No JSON, such as a raw line break: shown as it stands.
  }
}
