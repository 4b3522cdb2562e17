// The controls of a replay: play, step, jump, scrub, how fast; every one of them also a key.
import { ChevronFirst, ChevronLast, Pause, Play, StepBack, StepForward } from 'lucide-react';
import { useId } from 'react';
import { IconButton } from '../ui/button.tsx';
import { speeds } from './replay-clock.ts';
import type { ReplayControls } from './use-replay.ts';

type ReplayBarProps = { replay: ReplayControls; turns: readonly number[]; isWhole: boolean };

export function ReplayBar({ replay, turns, isWhole }: ReplayBarProps) {
  return (
    <section aria-label="Replay" className="grid gap-2 border-t border-line bg-surface px-4 py-3">
      <Scrubber replay={replay} turns={turns} />
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Buttons replay={replay} />
        <Speed replay={replay} />
        <p className="ml-auto text-sm whitespace-nowrap text-muted tabular-nums">
          {replay.shown} of {replay.total}
          {!isWhole && ' so far'}
        </p>
      </div>
    </section>
  );
}

function Scrubber({ replay, turns }: Pick<ReplayBarProps, 'replay' | 'turns'>) {
  const { shown, total } = replay;
  const turn = turns.filter((begin) => begin <= shown).length;
  const marks = useId();
  return (
    <>
      <input
        type="range"
        aria-label="Shown until event"
        aria-valuetext={`Event ${shown} of ${total}${turn > 0 ? `, turn ${turn}` : ''}`}
        min={1}
        max={Math.max(1, total)}
        value={shown}
        list={marks}
        onChange={(event) => replay.seek(event.target.valueAsNumber)}
        className="h-6 w-full accent-accent pointer-coarse:h-10"
      />
      <datalist id={marks}>
        {turns.slice(0, marksMax).map((begin) => (
          <option key={begin} value={begin} />
        ))}
      </datalist>
    </>
  );
}

/** Marks of turns: more would be a line. */
const marksMax = 50;

const Buttons = ({ replay }: { replay: ReplayControls }) => (
  <div className="flex items-center gap-1">
    <IconButton label="To the turn before ([)" onClick={() => replay.jump(-1)}>
      <ChevronFirst className="size-4" aria-hidden="true" />
    </IconButton>
    <IconButton label="One event back (←)" onClick={() => replay.step(-1)}>
      <StepBack className="size-4" aria-hidden="true" />
    </IconButton>
    <IconButton label={replay.isPlaying ? 'Pause (space)' : 'Play (space)'} tone="primary" onClick={replay.toggle}>
      {replay.isPlaying ? (
        <Pause className="size-4" aria-hidden="true" />
      ) : (
        <Play className="size-4" aria-hidden="true" />
      )}
    </IconButton>
    <IconButton label="One event on (→)" onClick={() => replay.step(1)}>
      <StepForward className="size-4" aria-hidden="true" />
    </IconButton>
    <IconButton label="To the next turn (])" onClick={() => replay.jump(1)}>
      <ChevronLast className="size-4" aria-hidden="true" />
    </IconButton>
  </div>
);

function Speed({ replay }: { replay: ReplayControls }) {
  return (
    <div className="flex flex-wrap items-center gap-3 text-sm">
      <select
        aria-label="Speed"
        title="Speed (+ and -)"
        value={replay.speed}
        onChange={(event) => {
          const speed = speeds.find((choice) => choice === Number(event.target.value));
          if (speed !== undefined) replay.setSpeed(speed);
        }}
        className="min-h-8 pointer-coarse:min-h-10 rounded-md border border-line-strong bg-surface px-2"
      >
        {speeds.map((speed) => (
          <option key={speed} value={speed}>
            {speed}×
          </option>
        ))}
      </select>
      <label
        className="flex min-h-8 pointer-coarse:min-h-10 items-center gap-2"
        title="Otherwise no pause takes more than 2 seconds"
      >
        <input
          type="checkbox"
          checked={replay.isRealTime}
          onChange={(event) => replay.setRealTime(event.target.checked)}
          className="size-4 accent-accent"
        />
        Real time
      </label>
    </div>
  );
}
