// Which requests pass the git proxy: the few that git makes over HTTP, compared as they were sent, without any decoding.

/** What git asks of a server, by the path below its repository. */
export type GitRequest = { method: 'GET' | 'POST'; path: string };

/** Under which grant, of which repository (`/github.com/user/repo`), and what. */
export type GitRoute = { grantId: string; place: string; request: GitRequest };

/** Grant, repository with or without `.git`, then one of four targets; a repository's path holds no `?`. */
const pattern =
  /^\/([\w-]{22})(\/[^?]+?)(?:\.git)?(\/info\/refs\?service=git-(?:upload|receive)-pack|\/git-(?:upload|receive)-pack)$/;

/**
 * @param target the request's, in origin form, or in absolute form as proxies send it
 * @param origin what the proxy is called by its sandboxes: `http://172.18.0.1:40123`
 */
export function parseRoute(method: string, target: string, origin: string): GitRoute | undefined {
  const local = target.startsWith(`${origin}/`) ? target.slice(origin.length) : target;
  const [, grantId, place, path] = pattern.exec(local) ?? [];
  if (grantId === undefined || place === undefined || path === undefined) return undefined;
  const wanted = path.startsWith('/info/') ? 'GET' : 'POST';
  return method === wanted ? { grantId, place, request: { method: wanted, path } } : undefined;
}
