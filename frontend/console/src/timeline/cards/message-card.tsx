// What a person said, as it was typed, or the agent, whose words are Markdown.
import { DeceptiveText } from '../../ui/deceptive-text.tsx';
import type { ItemOf } from '../items/item.ts';
import { Markdown } from '../text/markdown.tsx';
import { Attachments } from './attachments.tsx';
import { Whole } from './whole.tsx';

export function MessageCard({ item }: { item: ItemOf<'message'> }) {
  const isPerson = item.by === 'person';
  return (
    <div className={isPerson ? 'ml-auto w-fit max-w-[min(100%,40rem)] rounded-lg bg-accent-soft px-3 py-2' : 'py-1'}>
      <Whole sessionId={item.sessionId} said={item.said} isAtOnce={!isPerson}>
        {(text) => (isPerson ? <Typed text={text} /> : <Markdown text={text} />)}
      </Whole>
      {item.attachments && <Attachments sessionId={item.sessionId} attachments={item.attachments} />}
    </div>
  );
}

export const Typed = ({ text }: { text: string }) => (
  <p className="leading-relaxed wrap-anywhere whitespace-pre-wrap">
    <DeceptiveText text={text} />
  </p>
);
