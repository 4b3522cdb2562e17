// Whether output is coloured, and the colours by what they mean.
import picocolors from 'picocolors';

export type Colors = {
  faint(text: string): string;
  strong(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warning(text: string): string;
  name(text: string): string;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** `NO_COLOR` goes before `FORCE_COLOR`, and both before what the output is. */
export function wantsColor(environment: Environment, isTerminal: boolean): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment;
  if (NO_COLOR) return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return isTerminal && TERM !== 'dumb';
}

export function makeColors(isColored: boolean): Colors {
  const { dim, bold, green, red, yellow, cyan } = picocolors.createColors(isColored);
  return { faint: dim, strong: bold, good: green, bad: red, warning: yellow, name: cyan };
}
