// The conversation and what is beside it; what is beside it can have the whole width, such as for wide diffs.
import { PanelLeftClose, PanelLeftOpen } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { IconButton } from '../ui/button.tsx';

/** `beside` is given the button that widens it. */
type ColumnsProps = { conversation: ReactNode; beside(widen: ReactNode): ReactNode };

export function Columns({ conversation, beside }: ColumnsProps) {
  const [isWidened, setWidened] = useState(false);
  const Icon = isWidened ? PanelLeftOpen : PanelLeftClose;
  const widen = (
    <IconButton
      label={isWidened ? 'Show the conversation' : 'Hide the conversation'}
      onClick={() => setWidened(!isWidened)}
    >
      <Icon className="size-4" aria-hidden="true" />
    </IconButton>
  );
  return (
    <div className={`grid min-h-0 ${isWidened ? 'grid-cols-1' : 'grid-cols-[minmax(0,11fr)_minmax(0,9fr)]'}`}>
      <div className={`min-h-0 border-r border-line ${isWidened ? 'hidden' : ''}`}>{conversation}</div>
      {beside(widen)}
    </div>
  );
}
