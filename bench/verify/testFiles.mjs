import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execute, root, withFolder } from './selvedge.mjs';

/** A check by tests: their names state the figures, and every one has to run and pass. */
export function heldBy(promise, files, mode = 'test') {
  return {
    promise,
    measure: () =>
      withFolder(async (folder) => {
        const report = join(folder, 'report.json');
        const vitest = join(root, 'node_modules/vitest/vitest.mjs');
        const words = ['run', '--mode', mode, '--reporter=json', `--outputFile=${report}`, ...files];
        // A failing test ends vitest with status 1; the report says more.
        const failure = await execute(process.execPath, [vitest, ...words]).then(
          () => undefined,
          (error) => error,
        );
        const { testResults, numTotalTests, numPassedTests } = readReport(report, failure);
        const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
        const missing = files.filter((file) => !testResults.some(({ name }) => name.endsWith(file)));
        return {
          figure:
            missing.length > 0
              ? `${missing.join(', ')} did not run`
              : `${numPassedTests} of ${numTotalTests} checks hold`,
          passes:
            failure === undefined && missing.length === 0 && numTotalTests > 0 && numPassedTests === numTotalTests,
          details: tests.map(({ status, fullName, meta }) => {
            const measured = meta?.figure === undefined ? '' : `  (${meta.figure})`;
            return `${status === 'passed' ? '✓' : '✗'} ${fullName}${measured}`;
          }),
        };
      }),
  };
}

function readReport(path, failure) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw failure ?? error;
  }
}

export const golden = heldBy("logits within 1e-5, gradients and ten losses within 1e-4 of an independent framework's", [
  'test/engine/goldenTrace.test.ts',
]);
export const gradients = heldBy('every layer passes the gradient check against float64, inputs and weights', [
  'test/engine/gradientCheck.test.ts',
]);
export const operations = heldBy('every kernel agrees with its reference, on any number of threads', [
  'test/engine/contract.test.ts',
  'test/engine/threads.test.ts',
  'test/engine/trainingStep.test.ts',
]);
export const graphs = heldBy(
  'random graphs agree with the reference, fused and not; an output has the same bits whatever else is requested; no buffer is read outside its lifetime',
  ['test/engine/graphs.test.ts', 'test/engine/randomGraphs.test.ts', 'test/engine/memoryPlan.test.ts'],
);
export const layerTypes = heldBy(
  'a new type of layer does not compile until every place that must decide has decided',
  ['test/engine/newLayerType.test.ts'],
);
export const oldFiles = heldBy('files of earlier versions are read, resumed and reproduced with the same bits', [
  'test/cli/oldFiles.test.ts',
]);
export const dropout = heldBy('dropout keeps its rate, independently across elements, images, steps and layers', [
  'test/engine/dropoutMask.test.ts',
]);

export const catalogueFaults = heldBy(
  'kills, a full disk, and a server that goes away lose and double no product of a catalogue',
  ['test/full/catalogueFaults.test.ts'],
  'full',
);
