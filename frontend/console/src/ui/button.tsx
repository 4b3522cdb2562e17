// Buttons: the one that a page is for, ordinary ones, quiet ones in bars, and those that destroy.
import type { ComponentProps } from 'react';

const tones = {
  primary: 'bg-accent font-medium text-on-accent hover:not-disabled:opacity-90 disabled:bg-sunken disabled:text-muted',
  plain: 'border border-line bg-surface text-text hover:bg-sunken disabled:opacity-50',
  quiet: 'text-muted hover:bg-sunken hover:text-text disabled:opacity-50',
  danger: 'border border-line bg-surface text-bad hover:bg-bad-soft disabled:opacity-50',
};

/** As wide as its words ask for, or a square; fingers get more room than pointers. */
const shapes = {
  words: 'min-h-8 px-3 pointer-coarse:min-h-10',
  square: 'size-8 pointer-coarse:size-10',
};

type ButtonProps = ComponentProps<'button'> & { tone?: keyof typeof tones; shape?: keyof typeof shapes };

export const Button = ({ tone = 'plain', shape = 'words', className = '', type = 'button', ...rest }: ButtonProps) => (
  <button
    type={type}
    className={`inline-flex shrink-0 items-center justify-center gap-2 rounded-md text-sm transition-colors ${shapes[shape]} ${tones[tone]} ${className}`}
    {...rest}
  />
);

/** A button that is a sign alone; its label is read out and shown when one points at it. */
export const IconButton = ({ label, ...rest }: ButtonProps & { label: string }) => (
  <Button tone="quiet" shape="square" aria-label={label} title={label} {...rest} />
);
