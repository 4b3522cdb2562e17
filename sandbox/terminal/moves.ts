// Applies escape sequences to a screen. Sequences that change nothing that is read, such as colours, aren't here.
import type { Screen } from './screen.ts';
import type { Sequence } from './sequence.ts';

export function applySequence(screen: Screen, { name, parameters }: Sequence): void {
  const [first = Number.NaN, second = Number.NaN] = parameters;
  moves[name]?.(screen, first, second);
}

/** A parameter that is missing or 0 stands for 1. */
const countOf = (given: number): number => given || 1;

const moves: Record<string, (screen: Screen, first: number, second: number) => void> = {
  A: (screen, rows) => screen.moveBy(-countOf(rows), 0),
  B: (screen, rows) => screen.moveBy(countOf(rows), 0),
  C: (screen, columns) => screen.moveBy(0, countOf(columns)),
  D: (screen, columns) => screen.moveBy(0, -countOf(columns)),
  E: (screen, rows) => moveToBeginning(screen, countOf(rows)),
  F: (screen, rows) => moveToBeginning(screen, -countOf(rows)),
  G: (screen, column) => screen.moveTo({ column: countOf(column) - 1 }),
  '`': (screen, column) => screen.moveTo({ column: countOf(column) - 1 }),
  d: (screen, row) => screen.moveTo({ row: countOf(row) - 1 }),
  H: (screen, row, column) => screen.moveTo({ row: countOf(row) - 1, column: countOf(column) - 1 }),
  f: (screen, row, column) => screen.moveTo({ row: countOf(row) - 1, column: countOf(column) - 1 }),
  J: (screen, how) => screen.eraseInScreen(how || 0),
  K: (screen, how) => screen.eraseInRow(how || 0),
  P: (screen, characters) => screen.removeCharacters(countOf(characters)),
  X: (screen, characters) => screen.eraseCharacters(countOf(characters)),
  '@': (screen, characters) => screen.insertBlanks(countOf(characters)),
  s: (screen) => screen.save(),
  u: (screen) => screen.restore(),
  '\x1b7': (screen) => screen.save(),
  '\x1b8': (screen) => screen.restore(),
  '\x1bD': (screen) => screen.moveBy(1, 0),
  '\x1bE': (screen) => moveToBeginning(screen, 1),
  '\x1bM': (screen) => screen.moveBy(-1, 0),
  '\x1bc': (screen) => {
    screen.eraseInScreen(2);
    screen.moveTo({ row: 0, column: 0 });
  },
};

function moveToBeginning(screen: Screen, rows: number): void {
  screen.moveBy(rows, 0);
  screen.moveTo({ column: 0 });
}
