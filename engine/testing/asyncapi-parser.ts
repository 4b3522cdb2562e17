// The parser of the AsyncAPI initiative, which says whether a document is one.
import { createRequire } from 'node:module';
import path from 'node:path';
import { PackagesBeside } from './packages-beside.ts';

const beside = new PackagesBeside('asyncapi-parser-3.6.6', ['@asyncapi/parser@3.6.6']);

/** @returns why it can't be had, or undefined */
export const installAsyncApiParser = (): Promise<string | undefined> => beside.install();

type Diagnostic = { severity: number; code: string | number; message: string; path: readonly (string | number)[] };
type Parsing = {
  Parser: new () => { parse(text: string): Promise<{ document?: unknown; diagnostics: Diagnostic[] }> };
};

/** Errors and warnings; what is only information or a hint doesn't count. */
const severityMax = 1;

/** @returns what is wrong with it, a sentence each */
export async function listAsyncApiProblems(text: string): Promise<string[]> {
  const load = createRequire(path.join(beside.folder, 'package.json'));
  const { Parser } = load('@asyncapi/parser') as Parsing;
  const { document, diagnostics } = await new Parser().parse(text);
  const problems = diagnostics
    .filter(({ severity }) => severity <= severityMax)
    .map(({ code, message, path: at }) => `${at.join('.')}: ${message} (${code})`);
  return document === undefined ? [...problems, 'It is no document.'] : problems;
}
