// The link of a share, and the token in it: the fragment never reaches a server. Pure.
import { hasShareTokenForm } from '../../../../schema/protocol/share-token.ts';

export const linkOfShare = (origin: string, token: string): string => `${origin}/console/share#${token}`;

/** @param fragment of the page's address, with its # or without @returns undefined where the link isn't whole */
export function tokenInFragment(fragment: string): string | undefined {
  const token = fragment.replace(/^#/, '');
  return hasShareTokenForm(token) ? token : undefined;
}
