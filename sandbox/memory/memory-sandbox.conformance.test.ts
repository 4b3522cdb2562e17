// The in-memory sandbox conforms to the contract, as far as it has one to conform to: it runs no real commands.
import { testSandboxContract } from '../conformance/sandbox-contract.ts';
import { MemorySandbox } from './memory-sandbox.ts';

testSandboxContract('The in-memory sandbox', async () => new MemorySandbox(), { bash: false });
