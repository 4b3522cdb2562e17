// The disks of one sandbox, by their devices. Pure.

/** The workspace, and the home where agents install for themselves. */
export const diskNames = ['workspace', 'home'] as const;

/** The paths of loop devices on the daemon's machine. */
export type Disks = Readonly<Record<(typeof diskNames)[number], string>>;

const pathPrefix = '/dev/loop';

export const disksOf = ([workspace, home]: readonly [number, number]): Disks => ({
  workspace: `${pathPrefix}${workspace}`,
  home: `${pathPrefix}${home}`,
});

export const numbersOf = (disks: Disks): number[] =>
  diskNames.map((name) => Number(disks[name].slice(pathPrefix.length)));

/** The makers' own devices have numbers from here on; the machine's own begin with 0. */
const firstNumber = 1 << 16;

export const isDiskPath = (path: string): boolean => {
  const [, number] = /^\/dev\/loop(\d{1,7})$/.exec(path) ?? [];
  return number !== undefined && Number(number) >= firstNumber;
};
