// Copies a text as it is, and says so.
import { Copy } from 'lucide-react';
import { IconButton } from '../../ui/button.tsx';
import { copyText } from '../../ui/copy-text.ts';
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
