// The Python client with a real engine, over connections that are cut at any byte.
import { createTestDatabase } from '../../../engine/testing/database.ts';
import { testWithPython } from './python-environment.ts';

await testWithPython('a Python program hears every event once, however often it is cut off', async (run) => {
  const database = await createTestDatabase();
  try {
    await run(['pytest', 'tests/test_cuts.py'], { DATABASE_URL: database.url });
  } finally {
    await database.drop();
  }
});
