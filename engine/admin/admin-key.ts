// The key of those who operate the engine: whoever sends it may ask for everything under /api/v1/admin, and for nothing else.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { isSameSecret } from '../secrets/same-secret.ts';
import type { Principal } from '../sessions/access.ts';

/** Whom the log names where the key was sent: it belongs to no user. */
const adminKeyUser = 'ADMIN_KEY';

export class AdminKey {
  readonly #key: string | undefined;

  /** @param key undefined where only people who have signed in as admins may operate the engine */
  constructor(key: string | undefined) {
    this.#key = key;
  }

  identify(given: string): Outcome<Principal> {
    if (this.#key === undefined) return noKey;
    return isSameSecret(given, this.#key) ? succeeded({ userId: adminKeyUser, isAdmin: true }) : wrongKey;
  }
}

const noKey = failed('notAuthenticated', 'This engine has no ADMIN_KEY.');
const wrongKey = failed('notAuthenticated', 'The admin key is wrong.');
