// A `fetch` for the providers' packages, which read lines and refusals whole: neither may be without an end.

/** Bytes of one line of a stream: the whole of an answer stands in one with some providers, as JSON, and what it was asked with. */
const lineBytesMax = 4 * 1024 * 1024;
/** Bytes of a refusal that are read; longer ones end there. */
const refusalBytesMax = 256 * 1024;

const lineFeed = 0x0a;
const fetchUnbounded = globalThis.fetch;

export async function boundedFetch(...asked: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetchUnbounded(...asked);
  const { status, statusText, headers, body } = response;
  if (!body) return response;
  const check = response.ok ? makeLineCheck() : makeRefusalCheck();
  return new Response(boundBody(body, check), { status, statusText, headers });
}

/** Takes what was read. @returns whether reading may go on; an error breaks the answer off */
type Check = (bytes: Uint8Array) => boolean | Error;

function makeLineCheck(): Check {
  let lineBytes = 0;
  return (bytes) => {
    const end = bytes.lastIndexOf(lineFeed);
    lineBytes = end < 0 ? lineBytes + bytes.length : bytes.length - end - 1;
    return lineBytes <= lineBytesMax || makeBrokenOff();
  };
}

function makeRefusalCheck(): Check {
  let left = refusalBytesMax;
  return (bytes) => {
    left -= bytes.length;
    return left > 0;
  };
}

/** As `fetch` itself reports an answer that breaks off. */
const makeBrokenOff = () =>
  new TypeError('terminated', {
    cause: Object.assign(new Error('A line has no end.'), { code: 'a line without an end' }),
  });

function boundBody(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  check: Check,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  return new ReadableStream(
    {
      pull: async (controller) => {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        const goesOn = check(value);
        if (goesOn instanceof Error) controller.error(goesOn);
        else controller.enqueue(value);
        if (goesOn === false) controller.close();
        if (goesOn !== true) await reader.cancel();
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
