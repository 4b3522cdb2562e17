// A session of an agent that tries everything: markup, what terminals obey, what turns text around, lines without end.
import type { SessionEvent } from '../../lucid.ts';
import { EventWriter } from './events.ts';

/** Asked for nowhere: a request to it is a fault. */
export const trapHost = 'trap.example';
const trap = `https://${trapHost}`;

/** What runs where it is taken for markup. */
const scripts = [
  '<script>globalThis.isTaken = true</script>',
  `<img src="${trap}/i.png" onerror="globalThis.isTaken = true">`,
  `<svg onload="globalThis.isTaken = true"><image href="${trap}/s.svg"/></svg>`,
  `<iframe src="${trap}"></iframe><style>body { display: none }</style><form action="${trap}"><input></form>`,
  '<a href="javascript:globalThis.isTaken = true">press</a>',
].join('\n');

export const hostileMarkdown = `# Hostile\n\n${scripts}\n\n![image](${trap}/tracker.png) ![svg](data:image/svg+xml;base64,PHN2Zy8+)
[script](javascript:globalThis.isTaken=true) [data](data:text/html,x) [spaced]( java\tscript:globalThis.isTaken=true )
[file](file:///etc/passwd) [lie: https://bank.example](${trap}/login) [name](https://bank.example@${trapHost}/)
[plain](https://docs.example/a) <https://auto.example/b> [mail](mailto:ada@example.org) [rel](/console/admin)

[reference][r] and ![reference image][i] and a footnote[^1]

[r]: javascript:globalThis.isTaken=true
[i]: ${trap}/r.png
[^1]: A note with <script>globalThis.isTaken = true</script>

> quoted ${scripts.split('\n')[0]}

| a | ${'wide '.repeat(60)} |
|---|---|
| ![t](${trap}/t.png) | <b>bold</b> |

\`\`\`html
${scripts}
\`\`\`

- [x] done
- [ ] \u202Eturned\u202C \u200B\u200Bhidden\uFEFF \u{E0041}\u{E0042}

${'x'.repeat(3_000)}`;

export const hostileOutput = `\x1b]0;a title\x07\x1b]52;c;ZXZpbA==\x07\x1b]8;;${trap}\x1b\\a link\x1b]8;;\x1b\\
\x1bP1$r\x1b\\\x1b[2J\x1b[H\x1b[?1049h\x1b[8mhidden\x1b[0m \x1b[30;40mblack\x1b[0m \x1b[5mblink\x1b[0m
\x1b[38;5;196mred\x1b[0m \x1b[38;2;1;2;3mtrue\x1b[0m \x1b[97;107mwhite\x1b[0m \x1b[31;42mred on green\x1b[0m \x1b[7mturned\x1b[0m \x1b[2;3;4;9mall\x1b[0m
\x1b[34;45m1\x1b[36;43m2\x1b[33;44m3\x1b[35;46m4\x1b[32;41m5\x1b[90;100m6\x1b[37;47m7\x1b[0m
rm -rf /\rls -la  \b\b
10%\r50%\r100%
\x1b]0;never ended
a\u202Eb\u2066c\u200Bd\u0000e\u009bf\x07 ${scripts}
\x1b[`;

export function hostileEvents(): SessionEvent[] {
  const path = '/workspace/<img src=x onerror=alert(1)>/\u202Egnp.exe';
  const longLine = 'y'.repeat(10_000_000);
  const diff = `--- a\n+++ b\n@@ -1,2 +1,3 @@\n ${scripts.split('\n')[0]}\n-\u202Eold\n+new\u200B\n+${'z'.repeat(5_000)}\n`;
  return new EventWriter()
    .say('InitialTask', hostileMarkdown)
    .add('ThinkAction', hostileMarkdown)
    .add('MessageAction', hostileMarkdown)
    .run(`cat '${scripts}'\n\u202E\x1b]0;t\x07`, hostileOutput, 1)
    .run('cat long', `${longLine}\n${longLine.slice(0, 100)}\n${'line\n'.repeat(5_000)}`)
    .add('FileEditAction', path, { path })
    .add('FileEditObservation', 'Edited.', { path, diff })
    .add('FileWriteAction', path, { path })
    .add('ErrorObservation', hostileOutput)
    .add('FileReadAction', path, { path })
    .add('SearchAction', '<b>\u202E', { path })
    .add('FileReadObservation', hostileOutput)
    .add('SearchObservation', scripts)
    .add('ToolCallAction', '<b>tool\u202E')
    .add('ErrorObservation', scripts)
    .add('UserFileChange', `The user has written ${path} (1 byte).`, { path })
    .add('AgentNotice', scripts)
    .add('AgentErrorEvent', `${scripts} ${'w'.repeat(2_000)}`)
    .add('CondensationAction', hostileMarkdown)
    .add('LaterEventType', scripts)
    .complete()
    .add('CmdRunAction', hostileOutput, { command: hostileOutput }).events;
}
