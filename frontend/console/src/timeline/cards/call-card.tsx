// A call of a tool that has no card of its own, such as one of an MCP server: what it was given, and what came of it.
import { Badge } from '../../ui/badge.tsx';
import { DeceptiveText } from '../../ui/deceptive-text.tsx';
import type { ItemOf } from '../items/item.ts';
import { BoundedText } from '../text/bounded-text.tsx';
import { CallEnd } from './call-state.tsx';
import { Fold } from './fold.tsx';
import { Whole } from './whole.tsx';

const linesAtFirst = 12;

export const CallCard = ({ item }: { item: ItemOf<'call'> }) => (
  <div className="min-w-0 overflow-hidden rounded-md border border-line bg-sunken">
    <Fold
      name="call"
      isOpenAtFirst={item.server === undefined}
      className="bg-surface px-2"
      line={
        <>
          <span className="min-w-0 flex-1 truncate">
            <span className="text-muted">Called </span>
            <span className="font-mono">
              <DeceptiveText text={item.name} />
            </span>
            {item.input !== undefined && (
              <code className="ml-2 font-mono text-xs text-muted">
                <DeceptiveText text={item.input} />
              </code>
            )}
          </span>
          {item.server !== undefined && (
            <Badge>
              <DeceptiveText text={item.server} />
            </Badge>
          )}
          <CallEnd state={item.state} at={item.at} durationMs={item.durationMs} />
        </>
      }
    >
      {item.input !== undefined && (
        <div className="border-t border-line">
          <BoundedText text={item.input} label="What it was called with" linesAtFirst={linesAtFirst} />
        </div>
      )}
      {item.result && (
        <div className="border-t border-line">
          <Whole sessionId={item.sessionId} said={item.result}>
            {(text) => <BoundedText text={text} label="What came of it" linesAtFirst={linesAtFirst} />}
          </Whole>
        </div>
      )}
    </Fold>
  </div>
);
