// A declared path, `/api/v1/chats/{id}`, as uWebSockets.js and the log write it, and the names of its parameters.

const parameter = /\{(\w+)\}/g;

export type PathPattern = { pattern: string; parameterNames: readonly string[] };

/** @returns `/api/v1/chats/:id` and `id` */
export const parsePath = (path: string): PathPattern => ({
  pattern: path.replaceAll(parameter, ':$1'),
  parameterNames: [...path.matchAll(parameter)].map(([, name = '']) => name),
});
