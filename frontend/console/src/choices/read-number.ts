// A number as people type it. Pure.

/** @returns undefined where nothing was typed; what is no number as it was typed, since the engine says what is wrong with it */
export function readNumber(typed: string): number | undefined {
  const text = typed.trim().replace(',', '.');
  if (text === '') return undefined;
  const number = Number(text);
  return (Number.isNaN(number) ? text : number) as number;
}
