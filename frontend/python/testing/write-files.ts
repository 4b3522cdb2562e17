// Writes those files of the Python client that are made from others, in the environment of its checks.
import { preparePython } from './python-environment.ts';

const { runModule, missing } = await preparePython();
if (runModule === undefined) {
  console.error(`The Python client's files can't be written: ${missing}.`);
  process.exit(1);
}
for (const script of ['scripts.write_models', 'scripts.write_sync']) await runModule([script]);
