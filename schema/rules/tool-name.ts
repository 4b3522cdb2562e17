// The names of tools as rules and hooks say them.

/** What models of Anthropic call their shell, and what conversations of earlier versions did. */
const otherNames: Readonly<Record<string, string>> = { bash: 'shell' };

/** The tool's own name, by whichever a model or a rule calls it. */
export const ownNameOf = (called: string): string =>
  (Object.hasOwn(otherNames, called) ? otherNames[called] : undefined) ?? called;

/** A pattern names one tool, or several with `|` between them. */
export const toolsOfPattern = (pattern: string): string[] => pattern.split('|').map((name) => ownNameOf(name.trim()));
