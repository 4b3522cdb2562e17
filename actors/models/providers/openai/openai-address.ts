// Where OpenAI and servers that speak as it does are asked.

export const openAiUrl = 'https://api.openai.com';

/** The version is part of some servers' addresses, and /v1 for all others. */
export const apiUrlOf = (baseUrl: string): string => (/\/v\d[\w.]*(?:\/|$)/.test(baseUrl) ? baseUrl : `${baseUrl}/v1`);
