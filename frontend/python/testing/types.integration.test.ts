// What a program's author gets of the Python client: types that hold, and a package that installs.
import { createTestDatabase } from '../../../engine/testing/database.ts';
import { testWithPython } from './python-environment.ts';

await testWithPython('the Python client has the types that it says, and is written as its rules want', async (run) => {
  await run(['mypy', '--cache-dir=/dev/null']);
  await run(['ruff', 'check', '--no-cache']);
  await run(['ruff', 'format', '--check', '--no-cache']);
});

await testWithPython(
  'the Python client is made from the documents of today, and installs where nothing is',
  async (run) => {
    const database = await createTestDatabase();
    try {
      await run(['pytest', 'tests/test_written_files.py', 'tests/test_package.py'], { DATABASE_URL: database.url });
    } finally {
      await database.drop();
    }
  },
);
