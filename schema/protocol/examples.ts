// The session that all examples in the documents are about.

export const exampleSession = {
  sessionId: '01a20796-a6ea-76b4-b1d8-9effe2c88dc3',
  chatId: '01a20796-a6ea-76b4-b1d8-9f0a5b5c2f61',
  userId: 'ada',
  task: 'Write hello world',
  createdAt: '2026-02-17T10:30:00.000+00:00',
  updatedAt: '2026-02-17T10:31:12.480+00:00',
} as const;
