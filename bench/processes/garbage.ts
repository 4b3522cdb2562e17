// Collects the garbage of all threads of this process, through the inspector, since other threads have no hook for it.
import { type NodeWorker, Session } from 'node:inspector';

const collect = 'HeapProfiler.collectGarbage';

let attached: Promise<{ session: Session; workers: string[] }> | undefined;
const collecting = new Map<string, () => void>();

/** Garbage is collected twice, since finalizers free more. The inspector stays attached, whose memory is counted at rest too. */
export async function collectGarbage(): Promise<void> {
  attached ??= attachInspector();
  const { session, workers } = await attached;
  for (let time = 0; time < 2; time++) {
    await postToInspector(session, collect);
    for (const worker of workers) await collectInWorker(session, worker);
  }
}

async function attachInspector() {
  const session = new Session();
  session.connect();
  const workers: string[] = [];
  session.on('NodeWorker.attachedToWorker', ({ params }) => workers.push(params.sessionId));
  session.on('NodeWorker.detachedFromWorker', ({ params }) => workers.splice(workers.indexOf(params.sessionId), 1));
  session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => collecting.get(params.sessionId)?.());
  await postToInspector(session, 'NodeWorker.enable', { waitForDebuggerOnStart: false });
  return { session, workers };
}

/** A worker is asked nothing else, so its next message is the answer. */
function collectInWorker(session: Session, sessionId: string): Promise<void> {
  const message = JSON.stringify({ id: 1, method: collect });
  return new Promise((resolve, reject) => {
    collecting.set(sessionId, resolve);
    postToInspector(session, 'NodeWorker.sendMessageToWorker', { sessionId, message }).catch(reject);
  });
}

type Parameters = NodeWorker.EnableParameterType | NodeWorker.SendMessageToWorkerParameterType;

const postToInspector = (session: Session, method: string, parameters?: Parameters) =>
  new Promise<void>((resolve, reject) =>
    session.post(method, parameters, (error) => (error ? reject(error) : resolve())),
  );
