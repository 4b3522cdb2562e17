// AsyncAPI's own parser, which says what is wrong with a document.
import { createRequire } from 'node:module';
import path from 'node:path';
import { PackagesBeside } from './packages-beside.ts';

const beside = new PackagesBeside('asyncapi-parser-3.6.6', ['@asyncapi/parser@3.6.6']);

/** @returns why the parser can't be installed, or undefined */
export const installAsyncApiParser = (): Promise<string | undefined> => beside.install();

type Diagnostic = { severity: number; code: string | number; message: string; path: readonly (string | number)[] };
type Parsing = {
  Parser: new () => { parse(text: string): Promise<{ document?: unknown; diagnostics: Diagnostic[] }> };
};

/** Errors and warnings count, information and hints don't. */
const severityMax = 1;

/** @returns a sentence for each problem */
export async function listAsyncApiProblems(text: string): Promise<string[]> {
  const load = createRequire(path.join(beside.folder, 'package.json'));
  const { Parser } = load('@asyncapi/parser') as Parsing;
  const { document, diagnostics } = await new Parser().parse(text);
  const problems = diagnostics
    .filter(({ severity }) => severity <= severityMax)
    .map(({ code, message, path: at }) => `${at.join('.')}: ${message} (${code})`);
  return document === undefined ? [...problems, 'The text is no AsyncAPI document.'] : problems;
}
