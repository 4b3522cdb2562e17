// The Python client with a real engine: sessions, REST, restarts and tokens.
import { createTestDatabase } from '../../../engine/testing/database.ts';
import { testWithPython } from './python-environment.ts';

const suites = {
  'follows sessions, and hears of what goes wrong': ['session', 'rest', 'trouble', 'rules'],
  'goes on over restarts, and with tokens that expire': ['restart'],
  'does what the documents say': ['documents'],
};

for (const [what, names] of Object.entries(suites))
  await testWithPython(`a Python program ${what}`, async (run) => {
    const database = await createTestDatabase();
    try {
      await run(['pytest', ...names.map((name) => `tests/test_${name}.py`)], { DATABASE_URL: database.url });
    } finally {
      await database.drop();
    }
  });
