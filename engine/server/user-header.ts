// The user that a back end names in X-User-ID: visible ASCII, or anything else percent-encoded as UTF-8.
//
// Some programs send other characters in headers as Latin-1, some as UTF-8, and some drop them. An id that was changed on
// its way would be another user's, so what isn't plain is refused.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { isId } from '../../schema/rules/ids.ts';

const visibleAscii = /^[\x20-\x7e]*$/;

/** `jos%C3%A9` becomes josé, and `%25` a `%` of the id itself. */
export function parseUserId(header: string): Outcome<string> {
  if (!visibleAscii.test(header)) return unusable;
  const id = decodePercent(header);
  if (id === undefined) return unusable;
  return isId(id)
    ? succeeded(id)
    : failed('notAuthenticated', 'The user id in X-User-ID is empty, too long, or no text.');
}

function decodePercent(header: string): string | undefined {
  if (!header.includes('%')) return header;
  try {
    return decodeURIComponent(header);
  } catch {
    return undefined;
  }
}

const unusable = failed(
  'badRequest',
  'X-User-ID must be visible ASCII; any other character is percent-encoded as UTF-8 (josé is jos%C3%A9), and % as %25.',
);
