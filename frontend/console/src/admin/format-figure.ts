// A metric's figure in the unit that it has.
import { formatBytes, formatCost, formatCount, formatDuration } from '../ui/format.ts';
import type { Unit } from './metric-history.ts';

const small = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

export function formatFigure(value: number, unit: Unit): string {
  switch (unit) {
    case 'bytes':
      return formatBytes(value);
    case 'seconds':
      return value > 0 && value < 0.001 ? `${small.format(value * 1_000)} ms` : formatDuration(value * 1_000);
    case 'dollarsPerHour':
      return `${formatCost(value)}/h`;
    case 'perSecond':
      return `${formatPlain(value)}/s`;
    case 'time':
      return new Date(value * 1_000).toLocaleString('en', { dateStyle: 'short', timeStyle: 'short' });
    case 'processors':
    case 'count':
      return formatPlain(value);
  }
}

const formatPlain = (value: number): string => (Math.abs(value) < 100 ? small.format(value) : formatCount(value));
