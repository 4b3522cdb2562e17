// Ends a test file that something keeps running, and says what: a test that failed may have left open what it would have closed.
import { isMainThread } from 'node:worker_threads';

/** The longest file takes three minutes on two cores that it shares. */
const fileMinutesMax = 15;

// Whoever starts the files has this module, too, and so have the threads of their engines.
if (isMainThread && process.env.NODE_TEST_CONTEXT?.startsWith('child'))
  setTimeout(() => {
    process.stderr.write(
      `${process.argv[1]} has not ended in ${fileMinutesMax} minutes; it is kept by: ${process.getActiveResourcesInfo().join(', ')}\n`,
    );
    process.exit(1);
  }, fileMinutesMax * 60_000).unref();
