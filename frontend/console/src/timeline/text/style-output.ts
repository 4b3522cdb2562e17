// The colours of a program's output as tokens of the design language, which can be read on every ground in light and dark.
import Anser, { type AnserJsonEntry } from 'anser';

/** Adjacent text of one style; `className` is empty for what is plain. */
export type StyledRun = { text: string; className: string };

type Hue = 'bad' | 'good' | 'warn' | 'info' | 'violet' | 'accent' | 'muted' | 'text';

const hueOfName: Record<string, Hue> = {
  red: 'bad',
  green: 'good',
  yellow: 'warn',
  blue: 'info',
  magenta: 'violet',
  cyan: 'accent',
  white: 'text',
  black: 'text',
  'bright-black': 'muted',
};

const inks: Record<Hue, string> = {
  bad: 'text-bad',
  good: 'text-good',
  warn: 'text-warn',
  info: 'text-info',
  violet: 'text-violet',
  accent: 'text-accent',
  muted: 'text-muted',
  text: '',
};
/** What is grey has no ground of its own. */
const grounds: Record<Hue, string> = {
  bad: 'bg-bad-soft',
  good: 'bg-good-soft',
  warn: 'bg-warn-soft',
  info: 'bg-info-soft',
  violet: 'bg-violet-soft',
  accent: 'bg-accent-soft',
  muted: 'bg-line text-text',
  text: 'bg-line text-text',
};

/** @param folded text whose only escape sequences are those of colours */
export function styleOutput(folded: string): StyledRun[] {
  if (!folded.includes('\x1b[')) return folded === '' ? [] : [{ text: folded, className: '' }];
  return Anser.ansiToJson(folded, { json: true, use_classes: true, remove_empty: true }).map((entry) => ({
    text: entry.content,
    className: classNameOf(entry),
  }));
}

function classNameOf({ fg, bg, fg_truecolor, bg_truecolor, decorations }: AnserJsonEntry): string {
  const ink = hueOf(fg, fg_truecolor);
  const ground = hueOf(bg, bg_truecolor);
  const has = (name: AnserJsonEntry['decorations'][number]) => decorations.includes(name);
  const colours = has('reverse')
    ? 'bg-text text-page'
    : [ground ? grounds[ground] : '', ink && !(ground && grounds[ground].includes('text-text')) ? inks[ink] : ''].join(
        ' ',
      );
  return [
    colours.trim(),
    has('dim') && !ink && !ground && !has('reverse') ? 'text-muted' : '',
    has('bold') ? 'font-bold' : '',
    has('italic') ? 'italic' : '',
    has('underline') ? 'underline' : '',
    has('strikethrough') ? 'line-through' : '',
    has('hidden') ? 'border-b border-dotted border-line-strong' : '', // Meant to be unseen: it is shown.
  ]
    .filter((name) => name !== '')
    .join(' ');
}

/** @param className as Anser gives it: `ansi-red`, `ansi-bright-red`, `ansi-palette-208`, `ansi-truecolor` */
function hueOf(className: string | null, truecolor: string | null): Hue | undefined {
  if (!className) return undefined;
  const name = className.replace('ansi-', '');
  if (name === 'truecolor') return hueOfRgb((truecolor ?? '').split(',').map(Number));
  const palette = /^palette-(\d+)$/.exec(name)?.[1];
  if (palette !== undefined) return hueOfRgb(rgbOfPalette(Number(palette)));
  return hueOfName[name] ?? hueOfName[name.replace('bright-', '')];
}

/** The colours 16 to 231 are a cube of 6 levels, those after it greys. */
function rgbOfPalette(index: number): number[] {
  if (index >= 232) return Array(3).fill(8 + (index - 232) * 10);
  const at = Math.max(0, index - 16);
  return [Math.floor(at / 36), Math.floor(at / 6) % 6, at % 6].map((level) => level * 51);
}

function hueOfRgb([red = 0, green = 0, blue = 0]: number[]): Hue {
  const high = Math.max(red, green, blue);
  const spread = high - Math.min(red, green, blue);
  if (!(spread > 40)) return high > 64 && high < 160 ? 'muted' : 'text';
  const turn =
    high === red ? (green - blue) / spread : high === green ? 2 + (blue - red) / spread : 4 + (red - green) / spread;
  const degrees = (turn * 60 + 360) % 360;
  if (degrees < 20 || degrees >= 340) return 'bad';
  if (degrees < 75) return 'warn';
  if (degrees < 160) return 'good';
  if (degrees < 200) return 'accent';
  return degrees < 255 ? 'info' : 'violet';
}
