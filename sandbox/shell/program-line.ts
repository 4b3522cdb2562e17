// The command line that starts a program in a folder.

/** Bash goes to the folder where it is there, becomes the program, and says where there is no such program. */
export const programLine = (program: readonly string[], folder: string): string[] => [
  ...['bash', '--noprofile', '--norc', '-c', 'cd -- "$1" 2>/dev/null; shift; exec -- "$@"', 'bash', folder],
  ...program,
];
