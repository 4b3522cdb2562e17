// Copies a text as it is, and says so.
import { Copy } from 'lucide-react';
import { IconButton } from '../../ui/button.tsx';
import { useToast } from '../../ui/toast.tsx';

type CopyButtonProps = { text: string; label: string; className?: string };

export function CopyButton({ text, label, className = '' }: CopyButtonProps) {
  const toast = useToast();
  const copy = () => {
    copyText(text).then(
      () => toast('Copied'),
      (error: Error) => toast(`Copying failed: ${error.message}`, true),
    );
  };
  return (
    <IconButton label={label} onClick={copy} className={className}>
      <Copy className="size-4" aria-hidden="true" />
    </IconButton>
  );
}

/** @throws where the browser doesn't let pages write: without https, or when one forbids it */
export async function copyText(text: string): Promise<void> {
  if (!navigator.clipboard) throw new Error('the browser lets only pages over https copy.');
  await navigator.clipboard.writeText(text);
}
