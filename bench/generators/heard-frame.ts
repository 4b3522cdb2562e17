// What the bench's clients read of a frame that the engine sends; a field is absent where the frame's type hasn't got it.

export type HeardFrame = {
  type: string;
  id?: string;
  sessionId?: string;
  epoch?: number;
  sequence?: number;
  status?: string;
  message?: string;
  eventType?: string;
  content?: string;
  timestamp?: string;
  /** Of `attached`. */
  recovered?: boolean;
  /** Of `error`. */
  code?: string;
  retryable?: boolean;
  retryAfterMs?: number;
};

export const readFrame = (text: string): HeardFrame => JSON.parse(text) as HeardFrame;
