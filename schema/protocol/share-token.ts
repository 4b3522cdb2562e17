// How a share's token is spelt: by its beginning it is taken for nothing else.

export const shareTokenPrefix = 'share_';
const form = /^share_[A-Za-z0-9_-]{43}$/;

/** Whether it means to be one. */
export const isShareToken = (token: string): boolean => token.startsWith(shareTokenPrefix);

/** A text of another form has no share, which needs no query. */
export const hasShareTokenForm = (token: string): boolean => form.test(token);
