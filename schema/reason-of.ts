// What went wrong, in the words of what was thrown; some come with the end of their line.
export const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown)).trim();
