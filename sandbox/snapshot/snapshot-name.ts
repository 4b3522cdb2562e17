// The name of a snapshot in its session's chain: which owner took it, and after which event. Pure.

/** After the event of this sequence, which an owner with this epoch has stored. */
export type SnapshotPoint = { epoch: number; sequence: number };

export const nameOfPoint = ({ epoch, sequence }: SnapshotPoint): string => `${epoch}-${sequence}`;

/** @returns undefined for what is no such name */
export function pointOfName(name: string): SnapshotPoint | undefined {
  const [, epoch, sequence] = /^([1-9]\d{0,9})-(0|[1-9]\d{0,9})$/.exec(name) ?? [];
  return epoch === undefined ? undefined : { epoch: Number(epoch), sequence: Number(sequence) };
}

/** Orders by owner first: what an earlier owner has taken never counts as newer. */
export const comparePoints = (a: SnapshotPoint, b: SnapshotPoint): number =>
  a.epoch - b.epoch || a.sequence - b.sequence;

/**
 * Puts the one that the conversation names last before those that are there, newest first, where it is newer: it was taken
 * out of the store.
 */
export function withTold(names: string[], told: string | undefined): string[] {
  const [point, newest] = [pointOfName(told ?? ''), pointOfName(names[0] ?? '')];
  if (told === undefined || !point || (newest && comparePoints(point, newest) <= 0)) return names;
  return [told, ...names];
}
