// Shows the OpenAPI document in Scalar, which is asked for nothing but what this engine serves.

/** What the engine serves at this path where it has it. */
const scalarPath = '/docs/scalar.js';

/** Scalar as it is loaded into the page: it leaves one name. */
async function loadScalar() {
  const script = document.createElement('script');
  script.src = scalarPath;
  const loaded = new Promise((resolve, reject) => {
    script.onload = resolve;
    script.onerror = reject;
  });
  document.head.append(script);
  await loaded;
}

/** HEAD is to GET what it always is; one line for each operation is enough. */
async function readDocument() {
  const answer = await fetch('/openapi.json');
  const openApi = await answer.json();
  for (const operations of Object.values(openApi.paths)) {
    delete operations.head;
    // Scalar's list of operations shows Markdown as it is.
    for (const operation of Object.values(operations)) operation.summary = operation.summary.replaceAll('`', '');
  }
  return openApi;
}

function showMissing() {
  const sentence = document.createElement('p');
  sentence.className = 'missing';
  sentence.textContent =
    'The API page is not installed here: `npm run setup` brings it. The document itself is at /openapi.json.';
  document.querySelector('#reference')?.replaceChildren(sentence);
}

try {
  const [openApi] = await Promise.all([readDocument(), loadScalar()]);
  globalThis.Scalar.createApiReference('#reference', {
    content: openApi,
    baseServerURL: location.origin,
    // Requests go from the page to the engine, and no font, proxy or assistant of another host is asked.
    proxyUrl: '',
    withDefaultFonts: false,
    telemetry: false,
    agent: { disabled: true },
    mcp: { disabled: true },
    showDeveloperTools: 'never',
    hideClientButton: true,
  });
} catch {
  showMissing();
}
