// Finds unknown variables of the environment that look as if they were meant for the engine.

/** The beginning of many of the engine's names, and of hardly any other program's. */
const ownPrefix = 'SANDBOX_';
/** Shorter names aren't compared: too many words are one letter away, as POST is from PORT. */
const nameCharsMin = 6;
/** Variables of docker compose, which the same file `.env` configures. */
const composeNames = [
  'ENGINE_ADDRESS',
  'POSTGRES_PASSWORD',
  'POSTGRES_PORT',
  'DOCKER_SOCKET',
  'ENGINE_IMAGE',
  'COMPOSE_PROFILES',
];

/**
 * @param known the names in the one spelling, of small and capital letters, that is read
 * @returns a sentence for each unknown variable, without its value
 */
export function warningsOfUnknown(environment: NodeJS.ProcessEnv, known: readonly string[]): string[] {
  const ours = new Set([...known, ...composeNames]);
  const unknown = Object.keys(environment).filter((name) => environment[name] !== '' && !ours.has(name));
  return unknown.flatMap((name) => {
    const capital = name.toUpperCase();
    const meant =
      known.find((other) => other.length >= nameCharsMin && isOneEditAway(capital, other)) ??
      known.find((other) => isBeginningOf(capital, other));
    if (meant !== undefined) return [`The variable ${name} is not known and has no effect: is ${meant} meant?`];
    return name.startsWith(ownPrefix) ? [`The variable ${name} is not known and has no effect.`] : [];
  });
}

/** Whether only the last words are missing, such as a unit; a single word may be of any program. */
const isBeginningOf = (name: string, other: string): boolean => name.includes('_') && other.startsWith(`${name}_`);

/** Whether at most one letter is added, left out or replaced, or two neighbours are swapped. */
function isOneEditAway(one: string, other: string): boolean {
  let start = 0;
  while (start < one.length && one[start] === other[start]) start++;
  let [endOfOne, endOfOther] = [one.length, other.length];
  while (endOfOne > start && endOfOther > start && one[endOfOne - 1] === other[endOfOther - 1]) {
    endOfOne--;
    endOfOther--;
  }
  const [rest, restOfOther] = [one.slice(start, endOfOne), other.slice(start, endOfOther)];
  if (rest.length <= 1 && restOfOther.length <= 1) return true;
  return rest.length === 2 && restOfOther === `${rest[1]}${rest[0]}`;
}
