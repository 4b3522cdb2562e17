// Compares the versions in names of models.

/** @param named a name's major version, and its minor one where it has any */
export function isBefore([, major, minor = '0']: RegExpExecArray, [otherMajor, otherMinor]: [number, number]): boolean {
  return Number(major) < otherMajor || (Number(major) === otherMajor && Number(minor) < otherMinor);
}
