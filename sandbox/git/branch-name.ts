// Names of branches: what git accepts as one, without what a command line could take for an option.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';

/** Follows `git check-ref-format`. A legal name may still look like a shell's command, so it is quoted where it is used. */
export function checkBranch(name: string): Outcome<string> {
  const isAccepted =
    name.length <= limits.idCharsMax &&
    !name.startsWith('-') &&
    name !== '@' &&
    !/[\0-\x20\x7f~^:?*[\\]|\.\.|@\{|\.$/.test(name) &&
    name.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'));
  return isAccepted ? succeeded(name) : failed('badBranch', 'The branch is not a name that git accepts for one.');
}
