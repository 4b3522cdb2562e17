// The search program that comes with the engine's packages: a machine needs none of its own.

/** Undefined where the packages have none for this kind of machine. */
export const ripgrepPath: string | undefined = await import('@vscode/ripgrep').then(
  ({ rgPath }) => rgPath,
  () => undefined,
);
