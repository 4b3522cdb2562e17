// The settings that a host gets; its sandboxes are added at each start of it.
import type { HostConfig, ModelsConfig } from '../../schema/thread.ts';
import type { Config } from '../config.ts';
import { modelsConfigOf, proxiesOf } from './mode.ts';
import { workspaceStoreOf } from './workspace-store-variables.ts';

/** @param bounds how long providers are waited for, where a test wants other times */
export const hostConfigOf = (config: Config, bounds?: ModelsConfig['bounds']): Omit<HostConfig, 'sandboxes'> => ({
  models: { ...modelsConfigOf(config), ...(bounds && { bounds }) },
  gitAllowedHosts: config.GIT_ALLOWED_HTTP_HOSTS,
  mcp: { servers: config.MCP_SERVERS_FILE ?? [], allowedHosts: config.MCP_ALLOWED_HOSTS },
  proxies: proxiesOf(config),
  iterationsMax: config.MAX_ITERATIONS,
  conversationTimeoutMs: config.CONVERSATION_TIMEOUT,
  budgets: {
    sessionUsd: config.SESSION_BUDGET_USD,
    userDayUsd: config.USER_DAY_BUDGET_USD,
    engineDayUsd: config.DAY_BUDGET_USD,
  },
  mockStepDelayMs: config.MOCK_STEP_DELAY_MS,
  reconnectGraceMs: config.RECONNECT_GRACE,
  hibernateAfterMs: config.HIBERNATE_AFTER,
  hooks: config.HOOKS_FILE,
  workspaceStore: workspaceStoreOf(config),
  operator: { instructions: config.INSTRUCTIONS_FILE, skills: config.SKILLS_FOLDER ?? [] },
});
