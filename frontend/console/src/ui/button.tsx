// Buttons: the one that a page is for, ordinary ones, quiet ones in bars, and those that destroy.
import type { ComponentProps } from 'react';

const tones = {
  primary: 'bg-accent text-on-accent font-medium hover:opacity-90',
  plain: 'border border-line bg-surface text-text hover:bg-sunken',
  quiet: 'text-muted hover:bg-sunken hover:text-text',
  danger: 'border border-line bg-surface text-bad hover:bg-bad-soft',
};

type ButtonProps = ComponentProps<'button'> & { tone?: keyof typeof tones };

export const Button = ({ tone = 'plain', className = '', type = 'button', ...rest }: ButtonProps) => (
  <button
    type={type}
    className={`inline-flex min-h-8 items-center justify-center gap-2 rounded-md px-3 text-sm transition-colors disabled:opacity-50 ${tones[tone]} ${className}`}
    {...rest}
  />
);

/** A button that is a sign alone; its label is read out and shown when one points at it. */
export const IconButton = ({ label, ...rest }: ButtonProps & { label: string }) => (
  <Button tone="quiet" aria-label={label} title={label} {...rest} className={`min-w-8 px-0 ${rest.className ?? ''}`} />
);
