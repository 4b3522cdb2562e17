// A link of an agent: it leads where it says, to another page alone, and never runs anything.
import type { ReactNode } from 'react';
import { DeceptiveText } from '../../ui/deceptive-text.tsx';
import { readAddress } from './read-address.ts';

type SafeLinkProps = { address: string; children?: ReactNode; text?: string };

/** @param text what the link says, where that is plain: an address that it repeats isn't shown twice */
export function SafeLink({ address, text, children }: SafeLinkProps) {
  const url = readAddress(address);
  if (!url)
    return (
      <>
        {children}
        {address !== '' && (
          <span className="font-mono text-xs text-muted" title="This address is not opened from here">
            {' ('}
            <DeceptiveText text={address.slice(0, addressCharsMax)} />
            {')'}
          </span>
        )}
      </>
    );
  return (
    <a href={url} target="_blank" rel="noopener noreferrer nofollow" className="text-accent underline">
      {children}
      {text !== url && text !== address && (
        <span className="font-mono text-xs">
          {' ('}
          <DeceptiveText text={url.length > addressCharsMax ? `${url.slice(0, addressCharsMax)}…` : url} />
          {')'}
        </span>
      )}
    </a>
  );
}

/** Characters of an address that are shown; the whole is in the browser's own bar. */
const addressCharsMax = 200;
