// Builds the server with its routes and its sockets, which doesn't listen yet.
import { needsScript } from '../../actors/models/key.ts';
import type { Admin } from '../admin/admin.ts';
import { AdminKey } from '../admin/admin-key.ts';
import { hostConfigOf } from '../config/host-config.ts';
import { modelsConfigOf, ownKeysOf } from '../config/mode.ts';
import { type Config, engineSecretsOf } from '../config.ts';
import type { DirectWrites } from '../database/direct-writes.ts';
import type { History } from '../database/history.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { makeSnapshotRemover } from '../sandboxes/deleted-snapshots.ts';
import type { Secrets } from '../secrets/secrets.ts';
import { Commands } from '../sessions/commands.ts';
import { Creations } from '../sessions/creations.ts';
import { Forks } from '../sessions/forks.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Shares } from '../shares/shares.ts';
import type { IdentityProvider } from '../sign-in/identity-provider.ts';
import { admissionRulesOf } from '../sign-in/open-identity-provider.ts';
import { FlowSeal } from '../sign-in/sign-in-flow.ts';
import type { SignIns } from '../sign-in/sign-ins.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import { type DeclarationCheck, declarationCheckOf } from './answer-check.ts';
import { Audit } from './audit.ts';
import { Auth } from './auth.ts';
import { CommandBudget } from './command-budget.ts';
import { isSecretPublic, signInWayOf } from './exposure.ts';
import type { OpenBudget } from './keyed-budget.ts';
import { KnownNames } from './known-names.ts';
import type { OpenConnections } from './open-connections.ts';
import type { OwnPages } from './own-pages.ts';
import type { ReadTurns } from './read-turns.ts';
import { makeAdminHandlers } from './routes/admin.ts';
import { makeChatHandlers } from './routes/chats.ts';
import { makeEngineHandlers, type Status } from './routes/engine.ts';
import { makeEventHandlers } from './routes/events.ts';
import { makeFileHandlers } from './routes/files.ts';
import { bindRoutes, type Handlers, type ServedRoutes, servedRoutes } from './routes/handler.ts';
import { makeModelHandlers } from './routes/models.ts';
import { makeSessionHandlers } from './routes/sessions.ts';
import { makeShareHandlers } from './routes/shares.ts';
import { makeSignInHandlers } from './routes/sign-in.ts';
import { makeWebhookHandlers } from './routes/webhooks.ts';
import { Server } from './server.ts';
import type { SocketDependencies } from './socket.ts';

/** Open WebSockets: most of a machine's descriptors (20,000 measured), whose rest is for REST and files. */
const socketsMaxDefault = 18_000;
/** How long a client may take to send its first message; a slow network takes seconds. */
const firstMessageTimeoutMsDefault = 30_000;

export type BuildServerDependencies = {
  config: Config;
  log: Log;
  metrics: Metrics;
  history: History;
  readTurns: ReadTurns;
  writes: DirectWrites;
  secrets: Secrets;
  sessions: Sessions;
  webhooks: Webhooks;
  shares: Shares;
  admin: Admin;
  ownPages: OwnPages;
  signIns: SignIns;
  identityProvider: IdentityProvider | undefined;
  status: Status;
  connections: OpenConnections;
  /** Opens budgets that hold over several engines; absent for a single one. */
  openBudget: OpenBudget | undefined;
};

export type BuildServerOptions = {
  firstMessageTimeoutMs?: number | undefined;
  socketsMax?: number | undefined;
};

/** What REST and sockets share. */
type Shared = BuildServerDependencies & {
  auth: Auth;
  adminKey: AdminKey;
  budget: CommandBudget;
  audit: Audit;
  declarationCheck: DeclarationCheck;
};

export function buildServer(dependencies: BuildServerDependencies, options: BuildServerOptions): Server {
  const { config, log, metrics, ownPages, signIns } = dependencies;
  const auth = new Auth({
    sessionSecret: config.SESSION_SECRET,
    internalKey: config.INTERNAL_API_KEY,
    isSecretPublic: isSecretPublic(config),
    leewayMs: config.JWT_LEEWAY,
    findViewer: (token) => dependencies.shares.findViewer(token),
    signIns,
  });
  const adminKey = new AdminKey(config.ADMIN_KEY);
  const audit = new Audit(log);
  const budget = new CommandBudget(config.COMMANDS_PER_SECOND, dependencies.openBudget);
  const declarationCheck = declarationCheckOf(config.NODE_ENV);
  const shared = { ...dependencies, auth, adminKey, audit, budget, declarationCheck };
  const routes = bindRoutes(servedRoutes, handlersOf(shared));
  const origins = new KnownNames(config.ALLOWED_ORIGINS);
  const hosts = new KnownNames(hostNamesOf(config));
  const sockets = socketsOf(shared, options);
  const rules = { origins, hosts, ownPages };
  return new Server({ routes, auth, adminKey, budget, audit, declarationCheck, ...rules, sockets, log, metrics });
}

/** The engine's own names, besides `localhost` and addresses. */
const hostNamesOf = ({ PUBLIC_HOSTS = [], PUBLIC_URL, HOST }: Config): string[] => [
  ...PUBLIC_HOSTS,
  ...(PUBLIC_URL === undefined ? [] : [new URL(PUBLIC_URL).hostname]),
  ...(HOST === undefined ? [] : [HOST.toLowerCase()]),
];

function handlersOf({
  config,
  log,
  metrics,
  sessions,
  history,
  readTurns,
  writes,
  secrets,
  webhooks,
  shares,
  admin,
  ownPages,
  signIns,
  identityProvider,
  auth,
  adminKey,
  status,
  openBudget,
  declarationCheck,
}: Shared): Handlers<ServedRoutes> {
  const { keys } = modelsConfigOf(config);
  const creations = new Creations({ sessions, history });
  const forks = new Forks({ sessions, history, writes });
  const commands = new Commands({
    sessions,
    history,
    secrets,
    keys: ownKeysOf(config),
    engineSecrets: engineSecretsOf(config),
  });
  return {
    ...makeEngineHandlers(status),
    ...makeModelHandlers({ choices: hostConfigOf(config), defaultProvider: config.DEFAULT_MODEL_PROVIDER }),
    ...makeSessionHandlers({
      sessions,
      history,
      creations,
      commands,
      defaultProvider: config.DEFAULT_MODEL_PROVIDER,
      modelKeys: keys,
      digestSecret: config.SESSION_SECRET,
      isMock: (settings) => needsScript(settings, keys),
    }),
    ...makeChatHandlers({
      history,
      writes,
      sessions,
      forks,
      digestSecret: config.SESSION_SECRET,
      removeSnapshots: makeSnapshotRemover(config, log),
    }),
    ...makeEventHandlers({ sessions, history, readTurns, declarationCheck, viewerStreams: shares.streams }),
    ...makeShareHandlers({ sessions, history, shares }),
    ...makeFileHandlers({ sessions, history, viewerStreams: shares.streams }),
    ...makeWebhookHandlers(webhooks),
    ...makeAdminHandlers(admin),
    ...makeSignInHandlers({
      signIns,
      auth,
      adminKey,
      ownPages,
      way: signInWayOf(config),
      identityProvider,
      admission: admissionRulesOf(config),
      flows: new FlowSeal(config.SESSION_SECRET),
      metrics,
      openBudget,
      now: Date.now,
    }),
  };
}

const socketsOf = (
  {
    config,
    log,
    metrics,
    history,
    readTurns,
    sessions,
    connections,
    signIns,
    auth,
    budget,
    audit,
    declarationCheck,
  }: Shared,
  { firstMessageTimeoutMs = firstMessageTimeoutMsDefault, socketsMax = socketsMaxDefault }: BuildServerOptions,
): SocketDependencies => ({
  sessions,
  history,
  readTurns,
  signIns,
  auth,
  budget,
  defaultProvider: config.DEFAULT_MODEL_PROVIDER,
  modelKeys: modelsConfigOf(config).keys,
  firstMessageTimeoutMs,
  log,
  audit,
  metrics,
  connections,
  socketsMax,
  pingIntervalSeconds: config.PING_INTERVAL,
  declarationCheck,
});
