// The limits of what clients say, by themselves: clients in browsers carry no others.

export const messageLimits = {
  /** A task or message: as much as a model reads at once, and half of a frame. */
  taskCharsMax: 100_000,
  /** A WebSocket frame from a client. */
  frameBytesMax: 256 * 1024,
  /** A picture as providers take it, Anthropic's limit of 5 MB in base64 being the strictest; and its width and height. */
  imageBytesMax: 3_932_160,
  imagePixelsMax: 8_000,
  /** Files that come with one message, and their bytes together. */
  attachmentsMax: 10,
  attachmentsBytesMax: 16 * 1024 * 1024,
} as const;
