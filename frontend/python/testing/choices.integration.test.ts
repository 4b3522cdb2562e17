// The Python client with a real engine: what agents ask, what a message chooses, and files that come with it.
import { createTestDatabase } from '../../../engine/testing/database.ts';
import { testWithPython } from './python-environment.ts';

await testWithPython('a Python program answers agents, chooses for a message and gives it files', async (run) => {
  const database = await createTestDatabase();
  try {
    await run(['pytest', 'tests/test_waits.py', 'tests/test_attached.py'], { DATABASE_URL: database.url });
  } finally {
    await database.drop();
  }
});
