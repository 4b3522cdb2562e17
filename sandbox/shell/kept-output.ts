// Keeps the whole of a long output in a file that commands of the sandbox can open, outside of the workspace.
import { randomBytes } from 'node:crypto';
import type { Sandbox, SandboxProcess } from '../sandbox.ts';
import { waitWithin } from '../scheduling/wait-within.ts';

/** Bytes of one output that are kept: a log that is longer has its beginning in the file. */
export const keptBytesMax = 4 * 1024 * 1024;
/** Files of one sandbox; the oldest go first. */
export const keptFilesMax = 16;
/** Characters that are sent at once: a program is started for each piece. */
const pieceCharsMin = 256 * 1024;
/** How long the last bytes may take: they go through a pipe. */
const finishTimeoutMs = 5_000;

export type KeptFile = { path: string; isWhole: boolean };

export interface KeptOutput {
  add(chunk: Buffer): void;
  /** @returns undefined where it could not be kept */
  finish(): Promise<KeptFile | undefined>;
  abandon(): void;
}

/** Below the home of commands, which is the session's alone. */
const folderBelowHome = '.lucid/output';

/** Whether a path is that of a kept output, as `finish` gives it. */
export const isKeptPath = (given: string): boolean => keptPath.test(given);
const keptPath = /^\/(?!.*\/\.\.?\/).*\/\.lucid\/output\/[0-9a-f]{8}\.txt$/;

/** A program reads pieces, each behind a line with its length, and prints its path once a piece of no length comes. */
const writeScript = (name: string): string => `umask 077
folder="$HOME/${folderBelowHome}"; file="$folder/${name}.txt"
mkdir -p -- "$folder" || exit 1
ls -t -- "$folder" | tail -n +${keptFilesMax} | while read -r old; do rm -f -- "$folder/$old"; done
while IFS= read -r length && [ "$length" -gt 0 ]; do head -c "$length" || exit 1; done >"$file" || exit 1
printf %s "$file"`;

/** Takes what comes before the program has started; what it leaves unread is bounded by `keptBytesMax`. */
export function openKeptOutput(sandbox: Pick<Sandbox, 'startProcess' | 'root'>): KeptOutput {
  const script = writeScript(randomBytes(4).toString('hex'));
  const decoder = new TextDecoder();
  let waiting: string[] = [];
  let bytes = 0;
  let path = '';
  let process: SandboxProcess | undefined;
  const starting = sandbox
    .startProcess({
      program: ['bash', '-c', script],
      environment: {},
      folder: sandbox.root,
      onOutput: (chunk) => {
        path += chunk.toString();
      },
      onErrorOutput: () => undefined,
    })
    .then((started) => {
      if (!started.ok) return;
      process = started.value;
      for (const piece of waiting) process.write(piece);
      waiting = [];
    });
  const send = (piece: string) => {
    if (process) process.write(piece);
    else waiting.push(piece);
  };
  let gathered: string[] = [];
  let gatheredChars = 0;
  const sendGathered = () => {
    const text = gathered.join('');
    if (text !== '') send(`${Buffer.byteLength(text)}\n${text}`);
    gathered = [];
    gatheredChars = 0;
  };
  const gather = (text: string) => {
    gathered.push(text);
    gatheredChars += text.length;
    if (gatheredChars >= pieceCharsMin) sendGathered();
  };
  return {
    add: (chunk) => {
      const room = Math.max(0, keptBytesMax - bytes);
      bytes += chunk.length;
      if (room > 0) gather(decoder.decode(chunk.subarray(0, room), { stream: true }));
    },
    finish: async () => {
      gather(decoder.decode());
      sendGathered();
      send('0\n');
      await waitWithin(starting, finishTimeoutMs);
      const exitCode = process && (await waitWithin(process.ended, finishTimeoutMs));
      if (exitCode === 0 && isKeptPath(path)) return { path, isWhole: bytes <= keptBytesMax };
      void process?.kill();
      return undefined;
    },
    abandon: () => void starting.then(() => process?.kill()),
  };
}
