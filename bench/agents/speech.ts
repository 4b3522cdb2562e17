// Says what the scripted model wants by the names of each agent's tools.
import type { Wish } from './script.ts';

/** A call as a model writes it. */
export type SpokenCall = { name: string; input: Record<string, unknown> };

/** @returns undefined where the agent is done once a model says so without a call */
export type Speak = (wish: Wish) => SpokenCall | undefined;

/** Ours has tools for all of it; its shell and its paths begin in the repository. */
export const speakOurs: Speak = (wish) => {
  switch (wish.kind) {
    case 'run':
      return { name: 'shell', input: { command: wish.command } };
    case 'search':
      return { name: 'search', input: { pattern: wish.pattern, path: wish.folder } };
    case 'read':
      return { name: 'read', input: { path: wish.file, ...pageOf(wish.lines) } };
    case 'edit':
      return {
        name: 'edit',
        input: { path: wish.file, edits: [{ oldText: wish.oldText, newText: wish.newText }] },
      };
    case 'write':
      return { name: 'write', input: { path: wish.file, content: wish.content } };
    case 'finish':
      return { name: 'finish', input: { message: wish.message } };
  }
};

const pageOf = (lines: [first: number, last: number] | undefined): { offset?: number; limit?: number } =>
  lines === undefined ? {} : { offset: lines[0], limit: lines[1] - lines[0] + 1 };

/** pi offers a shell, and read, edit and write; it is done when a model calls nothing. */
export const speakPi: Speak = (wish) => {
  switch (wish.kind) {
    case 'run':
    case 'search':
      return { name: 'bash', input: { command: commandOf(wish) } };
    case 'read':
      return { name: 'read', input: { path: wish.file, ...pageOf(wish.lines) } };
    case 'edit':
      return {
        name: 'edit',
        input: { path: wish.file, edits: [{ oldText: wish.oldText, newText: wish.newText }] },
      };
    case 'write':
      return { name: 'write', input: { path: wish.file, content: wish.content } };
    case 'finish':
      return undefined;
  }
};

/** mini-swe-agent has a shell alone, and is done at a command of its own. */
export const speakMini: Speak = (wish) => ({ name: 'bash', input: { command: commandOf(wish) } });

function commandOf(wish: Wish): string {
  switch (wish.kind) {
    case 'run':
      return wish.command;
    case 'search':
      return `grep -rn '${wish.pattern}' ${wish.folder}`;
    case 'read':
      return wish.lines ? `sed -n '${wish.lines.join(',')}p' ${wish.file}` : `cat ${wish.file}`;
    case 'edit':
      return `python3 - <<'EOF'
from pathlib import Path
file = Path('${wish.file}')
text = file.read_text()
old = '''${wish.oldText}'''
new = '''${wish.newText}'''
assert text.count(old) == 1
file.write_text(text.replace(old, new))
EOF`;
    case 'write':
      return `mkdir -p $(dirname ${wish.file}) && cat <<'EOF' > ${wish.file}\n${wish.content}EOF`;
    case 'finish':
      return `echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT\necho '${wish.message}'`;
  }
}
