// Names the schema of the reference's tables, where the database's URL names one: behind a pooler neither `search_path` nor
// `options` can be set.
import type { Interceptor } from 'slonik';

const tables = /(?<![\w."])(?:users|chat_sessions|chat_messages)(?![\w."])/g;

/** For the engine's own statements, whose text holds nothing from clients. */
const nameTables = (schema: string, statement: string): string =>
  statement.replace(tables, (table) => `"${schema}".${table}`);

export const createSchemaInterceptor = (schema: string): Interceptor => ({
  name: 'reference-schema',
  transformQuery: (_, query) => ({ ...query, sql: nameTables(schema, query.sql) }),
});
