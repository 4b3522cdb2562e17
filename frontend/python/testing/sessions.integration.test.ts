// The Python client with a real engine: sessions, REST, restarts and tokens.
import { createTestDatabase } from '../../../engine/testing/database.ts';
import { testWithPython } from './python-environment.ts';

await testWithPython(
  'a Python program follows sessions, also over restarts and with tokens that expire',
  async (run) => {
    const database = await createTestDatabase();
    try {
      const suites = ['session', 'rest', 'restart', 'trouble', 'rules', 'documents'].map(
        (name) => `tests/test_${name}.py`,
      );
      await run(['pytest', ...suites], { DATABASE_URL: database.url });
    } finally {
      await database.drop();
    }
  },
);
