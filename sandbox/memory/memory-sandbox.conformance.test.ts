// The in-memory sandbox conforms to the part of the contract that needs no real commands.
import { testSandboxContract } from '../conformance/sandbox-contract.ts';
import { MemorySandbox } from './memory-sandbox.ts';

testSandboxContract('The in-memory sandbox', async () => new MemorySandbox(), { bash: false });
