// All clients that are connected, by a socket or a stream: a drain says goodbye to each, and each hears of the database.
import { type Failure, failed } from '../../schema/error.ts';

type OpenConnection = {
  /** An error that ends the connection. */
  refuse(failure: Failure): void;
  showDatabaseState(isAway: boolean): void;
};

export type OpenConnections = Set<OpenConnection>;

export const tooManyClients = failed('overloaded', 'Too many clients are connected.', { retryAfterMs: 5_000 }).failure;
