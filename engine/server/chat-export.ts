// A chat as a file: JSON with all that its events hold, or Markdown to be read. Made piece by piece, since a chat may be large.
import { type ChatRow, chatOf, type MessageRow, messageOf } from '../../schema/chat.ts';
import type { EventMetadata, Status } from '../../schema/event.ts';
import { formatTime } from '../../schema/rules/text.ts';

/** Pages of a chat's messages, oldest first. */
export type MessagePages = AsyncIterable<readonly MessageRow[]>;

/** Every page, read when the one before has been taken. */
export async function* readPages(
  readPage: (afterSequence: number) => Promise<readonly MessageRow[]>,
): AsyncGenerator<readonly MessageRow[]> {
  for (let after = 0; ; ) {
    const page = await readPage(after);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = last.sequence;
  }
}

/** @returns the pieces of one JSON object: the chat with its messages */
export async function* writeJson(chat: ChatRow, pages: MessagePages): AsyncGenerator<string> {
  yield `${JSON.stringify(chatOf(chat)).slice(0, -1)},"messages":[`;
  let separator = '\n';
  for await (const page of pages) {
    yield page
      .map((message) => {
        const text = separator + JSON.stringify(messageOf(message));
        separator = ',\n';
        return text;
      })
      .join('');
  }
  yield '\n]}\n';
}

/** @returns the pieces of a document with a heading for each message */
export async function* writeMarkdown(chat: ChatRow, pages: MessagePages): AsyncGenerator<string> {
  yield `# ${chat.title.replace(/\s+/g, ' ')}\n\n${formatTime(chat.createdAtMs)}\n`;
  for await (const page of pages) yield page.map(writeMessage).join('');
}

const speakers: Record<string, string> = {
  InitialTask: 'User',
  UserMessage: 'User',
  MessageAction: 'Agent',
  AgentFinishAction: 'Agent',
};

/** Steps on the way, which say nothing of what was done. */
const passingStatuses: readonly Status[] = ['initializing', 'ready', 'mock_mode', 'stopping'];

/** What people and the agent say is Markdown itself; commands, files and output are shown as they are. */
function writeMessage(message: MessageRow): string {
  const { content, eventType } = message;
  const metadata = metadataOf(message);
  const { status, reason, path, exitCode, thought, diff, toolCallId } = metadata;
  const command = toolCallId === undefined ? metadata.command : undefined; // Its action has shown it.
  const speaker = speakers[eventType ?? ''];
  if (speaker !== undefined) return `\n## ${speaker}\n\n${content.trim()}\n`;
  if (status !== undefined && passingStatuses.includes(status)) return '';
  if (status !== undefined) return `\n*${[status, reason].filter(Boolean).join(': ')}*\n`;
  if (content.trim() === '' && metadata.command === undefined) return `\n*${eventType ?? message.role}*\n`;
  const about = [eventType ?? message.role, path, exitCode === undefined ? '' : `exit code ${exitCode}`].filter(
    Boolean,
  );
  const blocks = [
    ...(thought ? [quote(thought)] : []),
    ...(command === undefined ? [] : [fence(command, 'bash')]),
    ...(diff === undefined ? [] : [fence(diff, 'diff')]),
    ...(content.trim() === '' || content === command || content === thought ? [] : [fence(content)]),
  ];
  return `\n### ${about.join(' · ')}\n\n${blocks.join('\n')}`;
}

function metadataOf({ metadataJson }: MessageRow): EventMetadata {
  if (metadataJson === null) return {};
  try {
    return Object(JSON.parse(metadataJson)) as EventMetadata;
  } catch {
    return {}; // A row of the reference's own.
  }
}

const quote = (text: string): string => `${text.trim().replace(/^/gm, '> ')}\n`;

/** With more backticks than the text has in a row, so that nothing in it ends the block. */
function fence(text: string, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const ticks = '`'.repeat(longest + 1);
  return `${ticks}${language}\n${text.replace(/\n$/, '')}\n${ticks}\n`;
}
