// Measures how fast this program is. README.md beside it says what, and how.
import { parseOptions, usage } from './lib/options.mjs';

const modes = {
  own: async () => (await import('./modes/own.mjs')).measureOwn,
  against: async () => (await import('./modes/against.mjs')).measureAgainst,
  'epoch-time': async () => (await import('./modes/epochTime.mjs')).measureEpochTime,
  versus: async () => (await import('./modes/versus.mjs')).measureVersus,
  suite: async () => (await import('./modes/suite.mjs')).measureSuite,
  'suite-kernels': async () => (await import('./modes/suiteKernels.mjs')).measureSuiteKernels,
  memory: async () => (await import('./modes/memory.mjs')).measureMemory,
};

try {
  const options = parseOptions();
  if (options.help) {
    console.log(usage);
  } else {
    const load = modes[options.what];
    if (!load) throw new Error(`There is no '${options.what}' to measure; see --help.`);
    await (await load())(options);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
