// Commands whose doing can't be read from the line: code of other languages that starts programs, and what is read as it runs.

type Words = readonly (string | undefined)[];

const interpreters =
  /^(python|pypy|node|nodejs|deno|bun|tsx|ts-node|perl|ruby|php|lua|luajit|Rscript|tclsh|expect|osascript|gdb)[\d.]*$/;
const awks: ReadonlySet<string | undefined> = new Set(['awk', 'gawk', 'mawk', 'nawk']);

/** How code starts a program, or hides what it does. */
const startsProgram =
  /system|popen|subprocess|spawn|exec|child_process|\bpty\b|fork|`|\bqx\b|%x|Deno\.(run|Command)|Bun\.\$|__import__|importlib|getattr|globals\s*\(|\beval\b|\bloadstring\b|open\s*(?:\(\s*)?["']\s*\|/;
const awkStartsProgram = /system\s*\(|\|\s*getline|getline\s*<|\|\s*["\w]|["\w)]\s*\|&?/;
/** `1e command` runs one, and `s/a/b/e` what comes of it. */
const sedStartsProgram = /(^|[\d$/;}\n])[^\S\n]*e(\s|$)|\/[\dgiImMp]*e[\dgiImMpw]*\s*($|[;}\n])/;
const codeFlag = /^(-\w*[ceEpPrR]|--(eval|print|execute|exec|command|run)(=.*)?)$/;
const asksOnly = /^(-V|-v|--version|--help|-h)$/;

/** @param standardInput what the line itself gives it to read */
export function isUnreadable(words: Words, raws: readonly string[], standardInput: string | undefined): boolean {
  const name = words[0]?.split('/').at(-1);
  if (name === undefined) return true;
  if (/[*?]|\[./.test(name) && name !== '[[') return true; // The name of whichever file fits it.
  const args = raws.slice(1);
  if (name === 'hash') return args.includes('-p');
  if (name === 'enable') return args.some((arg) => /^-\w*f/.test(arg));
  if (awks.has(name)) return args.some((arg) => awkStartsProgram.test(arg));
  if (name === 'sed' || name === 'gsed') return args.some((arg) => sedStartsProgram.test(arg));
  return interpreters.test(name) && isUnreadableCode(words.slice(1), args, standardInput);
}

function isUnreadableCode(words: Words, raws: readonly string[], standardInput: string | undefined): boolean {
  if (words.some((word) => word !== undefined && codeFlag.test(word)))
    return raws.some((raw) => startsProgram.test(raw));
  if (words.length === 1 && asksOnly.test(words[0] ?? '')) return false;
  const file = words.find((word) => word === undefined || !word.startsWith('-') || word === '-');
  const readsInput = words.every((word) => word?.startsWith('-')) || file === '-' || file?.startsWith('/dev/') === true;
  if (readsInput && !words.includes('-m')) return standardInput === undefined || startsProgram.test(standardInput);
  return words.includes(undefined) && file === undefined;
}
