// Names the reference's tables with their schema, where the database's URL names one: a session's `search_path` could not
// be set behind a pooler, and `options` neither.
import type { Interceptor } from 'slonik';

const tables = /(?<![\w."])(?:users|chat_sessions|chat_messages)(?![\w."])/g;

/** In statements of ours only: what clients say is never part of their text. */
const nameTables = (schema: string, statement: string): string =>
  statement.replace(tables, (table) => `"${schema}".${table}`);

export const createSchemaInterceptor = (schema: string): Interceptor => ({
  name: 'reference-schema',
  transformQuery: (_, query) => ({ ...query, sql: nameTables(schema, query.sql) }),
});
