// Values of the command lines' options, checked: a mistake is answered with what would be accepted.

/** @throws Error with a sentence for people */
export function parseNumberBetween(option: string, text: string, min: number, max: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max))
    throw new Error(`${option} is "${text}", but it accepts a whole number from ${min} to ${max}.`);
  return value;
}
