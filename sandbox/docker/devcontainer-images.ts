// Which images a repository may ask for: those that the operator has listed. Pure.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';

/** A name as it is listed: whole, or a beginning with `*`. @returns undefined for what is none */
export const parseImagePattern = (given: string): string | undefined =>
  /^[a-z0-9][\w./:@-]*\*?$/.test(given) ? given : undefined;

export const mayBeUsed = (image: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => (pattern.endsWith('*') ? image.startsWith(pattern.slice(0, -1)) : image === pattern));

export function checkImage(image: string, patterns: readonly string[]): Outcome<void> {
  if (mayBeUsed(image, patterns)) return succeeded(undefined);
  const why =
    patterns.length === 0
      ? 'the operator has allowed none (DEVCONTAINER_IMAGES)'
      : `these may be used here: ${patterns.join(', ')}`;
  return failed('invalid', `The image ${image} isn't used: ${why}.`);
}
