// What the agent read and searched, several in a row as one line.
import { DeceptiveText } from '../../ui/deceptive-text.tsx';
import type { ItemOf, Look } from '../items/item.ts';
import { BoundedText } from '../text/bounded-text.tsx';
import { KeptValues, useKeptValues } from '../text/kept.tsx';
import { CallEnd } from './call-state.tsx';
import { Fold } from './fold.tsx';
import { Whole } from './whole.tsx';

const linesAtFirst = 30;

export function LooksCard({ item }: { item: ItemOf<'looks'> }) {
  const { looks, sessionId } = item;
  const values = useKeptValues();
  const [only] = looks;
  const all = looks.map((look) => (
    <KeptValues key={look.sequence} values={values} of={look.sequence}>
      <LookLine look={look} sessionId={sessionId} />
    </KeptValues>
  ));
  if (looks.length === 1 && only) return all;
  return (
    <Fold
      name="looks"
      line={
        <>
          <span className="min-w-0 flex-1 truncate text-muted">{describeLooks(looks)}</span>
          {looks.some(({ state }) => state === 'running') && <CallEnd state="running" at={item.at} />}
        </>
      }
    >
      <div className="ml-2 border-l border-line pl-2">{all}</div>
    </Fold>
  );
}

function describeLooks(looks: readonly Look[]): string {
  const count = (...whats: Look['what'][]) => looks.filter(({ what }) => whats.includes(what)).length;
  const reads = count('read');
  const searches = count('search', 'find');
  const pages = count('fetch');
  const words = [
    ...(reads > 0 ? [`read ${reads === 1 ? 'a file' : `${reads} files`}`] : []),
    ...(searches > 0 ? [`searched ${searches === 1 ? 'once' : `${searches} times`}`] : []),
    ...(pages > 0 ? [`fetched ${pages === 1 ? 'a page' : `${pages} pages`}`] : []),
  ].join(', ');
  return words[0]?.toUpperCase() + words.slice(1);
}

const verbs: Record<Look['what'], { going: string; done: string }> = {
  read: { going: 'Reading', done: 'Read' },
  search: { going: 'Searching', done: 'Searched' },
  find: { going: 'Looking for files', done: 'Looked for files' },
  fetch: { going: 'Fetching', done: 'Fetched' },
};

const describeLines = ({ lines }: Look): string =>
  lines ? `, lines ${lines.first} to ${lines.last ?? 'the end'}` : '';

const LookLine = ({ look, sessionId }: { look: Look; sessionId: string }) => (
  <Fold
    name="look"
    line={
      <>
        <span className="min-w-0 flex-1 truncate text-muted">
          {verbs[look.what][look.state === 'running' ? 'going' : 'done']}{' '}
          {look.pattern !== undefined && look.pattern !== '' && (
            <>
              <span className="font-mono text-text">
                <DeceptiveText text={look.pattern} />
              </span>
              {' in '}
            </>
          )}
          <span className="font-mono text-text">
            <DeceptiveText text={look.path} />
          </span>
          {describeLines(look)}
        </span>
        {look.state !== 'done' && <CallEnd state={look.state} at={look.at} />}
      </>
    }
  >
    {look.result && (
      <div className="rounded-md border border-line bg-sunken">
        <Whole sessionId={sessionId} said={look.result}>
          {(text) => <BoundedText text={text} label="What it found" linesAtFirst={linesAtFirst} />}
        </Whole>
      </div>
    )}
  </Fold>
);
