// The source of sandboxes that a host is configured for.
import type { SandboxConfig } from '../schema/thread.ts';
import { DockerSource } from './docker/source.ts';
import { LocalSource } from './local/source.ts';
import { MemorySource } from './memory.ts';
import type { SandboxSource } from './source.ts';

/** @param gatewaySocket of the host's git gateway, where it has one */
export function openSource(config: SandboxConfig, gatewaySocket?: string): SandboxSource {
  if (config.kind === 'docker') return new DockerSource(config.settings, config.warm);
  return config.kind === 'local' ? new LocalSource(config.base, gatewaySocket) : new MemorySource();
}
