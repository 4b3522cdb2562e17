// Repositories as people name them.

/** `octocat/Hello-World` for the URL of it at any host. */
export const nameOfRepository = (url: string): string => URL.parse(url)?.pathname.replace(/^\/|\.git$/g, '') ?? url;
