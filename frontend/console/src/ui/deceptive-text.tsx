// Text that somebody else wrote, such as a file's name: what deceives in it is marked.
import { isDeceptive, splitDeceptive } from './find-deceptive.ts';

/** Its direction is its own, and changes nothing of what stands beside it. */
export const DeceptiveText = ({ text }: { text: string }) => (
  <bdi>{isDeceptive(text) ? splitDeceptive(text).map(showPart) : text}</bdi>
);

const showPart = (part: ReturnType<typeof splitDeceptive>[number], index: number) =>
  part.sign === undefined ? (
    part.text
  ) : (
    <mark key={index} title={part.name} className="mx-px rounded-sm bg-warn-soft px-0.5 font-mono text-xs text-warn">
      {part.sign}
    </mark>
  );
