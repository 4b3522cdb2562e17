// A link that was just made, to be copied now: nobody is told its token again.
import { Copy } from 'lucide-react';
import { useId, useRef } from 'react';
import { Button } from '../ui/button.tsx';
import { copyText } from '../ui/copy-text.ts';
import { inputClass } from '../ui/field.tsx';
import { useToast } from '../ui/toast.tsx';
import { linkOfShare } from './share-link.ts';

export function NewLink({ token }: { token: string }) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const toast = useToast();
  const link = linkOfShare(location.origin, token);
  const copy = async () => {
    input.current?.select();
    try {
      await copyText(link);
      toast('The link is copied.');
    } catch {
      toast('The browser does not let the page copy it: the link is marked, copy it yourself.', true);
    }
  };
  return (
    <div className="grid gap-1 rounded-md border border-line bg-sunken p-3">
      <label htmlFor={id} className="text-sm font-medium">
        The link, shown only now
      </label>
      <div className="flex gap-2">
        <input
          id={id}
          ref={input}
          readOnly
          value={link}
          onFocus={({ target }) => target.select()}
          className={`${inputClass} font-mono`}
        />
        <Button onClick={() => void copy()} className="shrink-0">
          <Copy className="size-4" aria-hidden="true" /> Copy
        </Button>
      </div>
    </div>
  );
}
