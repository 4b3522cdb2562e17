// Tells which requests pass the git proxy: the few that git makes over HTTP, compared as they were sent, undecoded. Pure.

/** A request of git, with its path below the repository. */
export type GitRequest = { method: 'GET' | 'POST'; path: string };

/** `repositoryPath` is `/github.com/user/repo`. */
export type GitRoute = { grantId: string; repositoryPath: string; request: GitRequest };

/** Grant, repository with or without `.git`, then one of four targets; a repository's path holds no `?`. */
const pattern =
  /^\/([\w-]{22})(\/[^?]+?)(?:\.git)?(\/info\/refs\?service=git-(?:upload|receive)-pack|\/git-(?:upload|receive)-pack)$/;

/**
 * @param target of the request, in origin form, or in absolute form as proxies send it
 * @param origin of the git proxy for sandboxes: `http://172.18.0.1:40123`
 */
export function parseRoute(method: string, target: string, origin: string): GitRoute | undefined {
  const local = target.startsWith(`${origin}/`) ? target.slice(origin.length) : target;
  const [, grantId, repositoryPath, path] = pattern.exec(local) ?? [];
  if (grantId === undefined || repositoryPath === undefined || path === undefined) return undefined;
  const wanted = path.startsWith('/info/') ? 'GET' : 'POST';
  return method === wanted ? { grantId, repositoryPath, request: { method: wanted, path } } : undefined;
}
