// The in-memory sandbox conforms to the contract, as far as it has one to conform to: it runs no real commands.
import { conformsToSandbox } from './conformance.ts';
import { MemorySandbox } from './memory.ts';

conformsToSandbox('The in-memory sandbox', async () => new MemorySandbox(), { bash: false });
