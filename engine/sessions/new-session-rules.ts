// What the engine's configuration asks of new sessions.
import { hostConfigOf } from '../config/host-config.ts';
import { type Config, engineSecretsOf } from '../config.ts';
import { mcpRulesOf } from './check-mcp-servers.ts';
import type { NewSessionRules } from './new-session.ts';

export const newSessionRulesOf = (config: Config): NewSessionRules => ({
  policy: config.POLICY_FILE,
  allowedHosts: config.GIT_ALLOWED_HTTP_HOSTS,
  keys: engineSecretsOf(config),
  choices: hostConfigOf(config),
  mcp: mcpRulesOf(config),
  labels: config.NODE_LABELS,
});
