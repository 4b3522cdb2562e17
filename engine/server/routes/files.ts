// REST for the files of a live session's workspace: the tree, and one file.
import type * as v from 'valibot';
import { resolveInWorkspace } from '../../../sandbox/workspace/workspace-path.ts';
import { type Outcome, succeeded } from '../../../schema/error.ts';
import { FileQuery, TreeQuery } from '../../../schema/protocol/routes/files.ts';
import { validate } from '../../../schema/validate.ts';
import type { Principal } from '../../sessions/access.ts';
import type { Present } from '../../sessions/find-session.ts';
import type { Sessions } from '../../sessions/sessions.ts';
import { type Answer, ok } from '../http-answer.ts';
import type { Call } from '../request.ts';
import type { Route, Told } from '../server.ts';

const told: Told = { deed: 'files.read', of: ({ query }) => ({ session: query.session_id }) };

export function fileRoutes(sessions: Sessions): Route[] {
  return [
    {
      method: 'get',
      pattern: '/api/v1/files/list',
      isOpen: false,
      told,
      handle: (call, principal) =>
        withSession(TreeQuery, call, principal, sessions, (present) => sessions.listFiles(present)),
    },
    {
      method: 'get',
      pattern: '/api/v1/files/read',
      isOpen: false,
      told,
      handle: (call, principal) =>
        withSession(FileQuery, call, principal, sessions, async (present, { path, offset, length }) => {
          const inside = resolveInWorkspace(path); // From its root, wherever the agent's shell stands.
          if (!inside.ok) return inside;
          const part = { ...(offset !== undefined && { offset }), ...(length !== undefined && { length }) };
          return sessions.readFile(present, inside.value, part);
        }),
    },
  ];
}

async function withSession<Query extends { session_id: string }>(
  schema: v.GenericSchema<unknown, Query>,
  call: Call,
  principal: Principal,
  sessions: Sessions,
  act: (present: Present, query: Query) => Promise<Outcome<object>>,
): Promise<Outcome<Answer>> {
  const query = validate(schema, call.query);
  if (!query.ok) return query;
  const present = await sessions.findPresent(principal, query.value.session_id);
  if (!present.ok) return present;
  const result = await act(present.value, query.value);
  return result.ok ? succeeded(ok(result.value)) : result;
}
