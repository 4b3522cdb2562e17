// The words that a shell makes of one with braces: `{push,--force}` are two.
import { parse, type Word } from 'unbash';

/** More words of one are left as they are: nobody writes them by hand. */
const wordsMax = 64;
/** So many braces make more words than that. */
const bracesMax = 16;

/** @returns the word itself where it has no list in braces; undefined where there would be too many */
export function expandBraces(word: Word): readonly Word[] | undefined {
  if (!word.parts?.some(({ type }) => type === 'BraceExpansion')) return [word];
  if (word.text.split('{').length > bracesMax) return undefined;
  const texts = expandText(word.text, wordsMax);
  if (!texts) return undefined;
  const command = parse(`: ${texts.join(' ')}`).commands[0]?.command;
  return command?.type === 'Command' ? command.args.filter((argument) => argument.type === 'Word') : undefined;
}

function expandText(text: string, max: number): string[] | undefined {
  const list = findList(text);
  if (!list) return [text];
  const { from, to, commas } = list;
  const bounds = [from, ...commas, to];
  const texts: string[] = [];
  for (const [at, start] of bounds.slice(0, -1).entries()) {
    const item = text.slice(start + 1, bounds[at + 1]);
    const expanded = expandText(text.slice(0, from) + item + text.slice(to + 1), max - texts.length);
    if (!expanded || texts.length + expanded.length > max) return undefined;
    texts.push(...expanded);
  }
  return texts;
}

/** The first list that isn't quoted: where its braces and its own commas are. */
function findList(text: string): { from: number; to: number; commas: number[] } | undefined {
  const open: { from: number; commas: number[] }[] = [];
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (quote !== '') {
      if (char === '\\' && quote === '"') at++;
      else if (char === quote) quote = '';
    } else if (char === '\\') at++;
    else if (char === "'" || char === '"') quote = char;
    else if (char === '{' && text.charAt(at - 1) !== '$') open.push({ from: at, commas: [] });
    else if (char === ',') open.at(-1)?.commas.push(at);
    else if (char === '}') {
      const list = open.pop();
      if (list && list.commas.length > 0) return { ...list, to: at };
    }
  }
  return undefined;
}
