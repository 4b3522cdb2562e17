// One chat in History: its title, where a search found it, and what can be done with it.
import { Link, useNavigate } from '@tanstack/react-router';
import { Ellipsis } from 'lucide-react';
import { type KeyboardEvent, useState } from 'react';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { inputClass } from '../ui/field.tsx';
import { showDeceptive } from '../ui/find-deceptive.ts';
import { formatAge } from '../ui/format.ts';
import { Menu, MenuItem } from '../ui/menu.tsx';
import type { Chat } from './chat-pages.ts';
import { highlightWords } from './highlight.ts';
import { type ChatActs, titleCharsMax } from './use-chat-acts.ts';

type ChatRowProps = { chat: Chat; search: string; nowMs: number; acts: ChatActs; onDelete(chat: Chat): void };

export function ChatRow({ chat, search, nowMs, acts, onDelete }: ChatRowProps) {
  const [isRenaming, setRenaming] = useState(false);
  const rename = (title: string) => {
    setRenaming(false);
    if (title !== '' && title !== chat.title) void acts.rename(chat.id, title);
  };
  return (
    <div className="flex items-start gap-2 px-4 py-2.5">
      <div className="grid min-w-0 flex-1 gap-0.5">
        {isRenaming ? (
          <TitleField title={chat.title} onDone={rename} onCancel={() => setRenaming(false)} />
        ) : (
          <Title chat={chat} search={search} />
        )}
        {chat.match && (
          <p className="line-clamp-2 text-sm text-muted">
            <Highlighted text={chat.match.snippet} search={search} />
          </p>
        )}
        <p className="flex flex-wrap items-center gap-x-3 text-sm text-muted">
          <time dateTime={chat.updatedAt} title={new Date(chat.updatedAt).toLocaleString()}>
            {formatAge(chat.updatedAt, nowMs)}
          </time>
          {chat.isActive && <Badge tone="accent">active</Badge>}
        </p>
      </div>
      <Button
        onClick={() => void acts.resume(chat)}
        className="max-sm:hidden"
        aria-label={`Continue: ${showDeceptive(chat.title)}`}
      >
        Continue
      </Button>
      <ChatMenu chat={chat} acts={acts} onRename={() => setRenaming(true)} onDelete={() => onDelete(chat)} />
    </div>
  );
}

/** Leads to the event where a search found it. */
function Title({ chat, search }: { chat: Chat; search: string }) {
  const words = <Highlighted text={chat.title} search={search} />;
  if (chat.agentSessionId === null) return <span className="line-clamp-2 font-medium sm:line-clamp-1">{words}</span>;
  return (
    <Link
      to="/sessions/$sessionId"
      params={{ sessionId: chat.agentSessionId }}
      search={chat.match ? { event: chat.match.sequence } : {}}
      data-row={chat.id}
      className="line-clamp-2 font-medium hover:underline sm:line-clamp-1"
    >
      {words}
    </Link>
  );
}

const Highlighted = ({ text, search }: { text: string; search: string }) => (
  <bdi>
    {highlightWords(text, search).map((part, at) =>
      part.isFound ? (
        // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place in the text.
        <mark key={at} className="rounded-sm bg-warn-soft text-warn">
          <DeceptiveText text={part.text} />
        </mark>
      ) : (
        // biome-ignore lint/suspicious/noArrayIndexKey: as above.
        <DeceptiveText key={at} text={part.text} />
      ),
    )}
  </bdi>
);

type TitleFieldProps = { title: string; onDone(title: string): void; onCancel(): void };

function TitleField({ title, onDone, onCancel }: TitleFieldProps) {
  const [text, setText] = useState(title);
  const hearKey = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter') onDone(text.trim());
    else if (event.key === 'Escape') onCancel();
    else return;
    event.preventDefault();
  };
  return (
    <input
      aria-label="Title"
      // biome-ignore lint/a11y/noAutofocus: whoever asked to rename goes on here.
      autoFocus
      value={text}
      maxLength={titleCharsMax}
      onChange={(event) => setText(event.target.value)}
      onFocus={(event) => event.target.select()}
      onKeyDown={hearKey}
      onBlur={() => onDone(text.trim())}
      className={inputClass}
    />
  );
}

type ChatMenuProps = { chat: Chat; acts: ChatActs; onRename(): void; onDelete(): void };

const ChatMenu = ({ chat, acts, onRename, onDelete }: ChatMenuProps) => (
  <Menu label={`More about ${showDeceptive(chat.title)}`} trigger={<Ellipsis className="size-4" aria-hidden="true" />}>
    <MenuItem onSelect={() => void acts.resume(chat)}>Continue</MenuItem>
    <MenuItem onSelect={() => void acts.fork(chat.id)}>Fork</MenuItem>
    {chat.agentSessionId !== null && <ReplayItem sessionId={chat.agentSessionId} />}
    <MenuItem onSelect={onRename}>Rename</MenuItem>
    <MenuItem onSelect={() => acts.exportAs(chat.id, 'json')}>Export as JSON</MenuItem>
    <MenuItem onSelect={() => acts.exportAs(chat.id, 'markdown')}>Export as Markdown</MenuItem>
    <MenuItem isDangerous onSelect={onDelete}>
      Delete
    </MenuItem>
  </Menu>
);

function ReplayItem({ sessionId }: { sessionId: string }) {
  const navigate = useNavigate();
  return (
    <MenuItem onSelect={() => void navigate({ to: '/replay/$sessionId', params: { sessionId } })}>Replay</MenuItem>
  );
}
