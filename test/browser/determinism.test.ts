import { beforeAll, describe, expect, test } from 'vitest';
import type { LayerSpec } from '../../src/core/graph/spec.ts';
import { subset } from '../engine/fixtures.ts';
import { ask, browsersToTest, needsBrowser } from './browsers.ts';
import { type PageSums, type Run, type Sums, sumsInNode } from './weights.ts';

const seconds = 100;
const timeout = { timeout: 120_000 };

/** Batches of 50 divide the 400 images; batches of 130 don't, and are no multiple of any micro-batch. */
const odd = (threads: number): Run => ({ threads, batchSize: 130, epochs: 2, seed: 0 });
const even = (threads: number): Run => ({ ...odd(threads), batchSize: 50 });

/** Every optimizer and schedule that the others do not have, and augmentation. */
const common = { batchSize: 30, epochs: 3, seed: 2, limit: 60, labelSmoothing: 0.1, globalClipnorm: 1, emaDecay: 0.8 };
const settings = (threads: number): Run[] => [
  { ...common, threads, optimizer: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 0.01, schedule: 'step' },
  { ...common, threads, optimizer: 'adamW', schedule: 'cosine', warmupEpochs: 1 },
  { ...common, threads, shift: 2, flip: 'alternating', cutout: 6, brightness: 0.2, contrast: 0.3 },
];

/** Statistics of batches and of groups, Winograd's convolution, a residual block, depthwise convolution, both ReLUs. */
const network: readonly LayerSpec[] = [
  { type: 'input', shape: [28, 28, 1] },
  { type: 'conv2d', filters: 8, kernelSize: 5, strides: 2, padding: 'same', useBias: false },
  { type: 'batchNormalization' },
  { type: 'relu', name: 'start' },
  { type: 'conv2d', filters: 8, kernelSize: 3, padding: 'same', useBias: false },
  { type: 'batchNormalization', name: 'grouped', groupSize: 15 },
  { type: 'add', inputs: ['grouped', 'start'] },
  { type: 'depthwiseConv2d', name: 'depthwise', kernelSize: 3, strides: 2, padding: 'same', useBias: false },
  { type: 'batchNormalization' },
  { type: 'relu6', name: 'left' },
  { type: 'maxPooling2d', name: 'right', inputs: ['depthwise'], poolSize: 3, strides: 1, padding: 'same' },
  { type: 'concatenate', inputs: ['left', 'right'] },
  { type: 'leakyRelu' },
  { type: 'averagePooling2d', padding: 'same' },
  { type: 'globalMaxPooling2d' },
  { type: 'reshape', shape: [16] },
  { type: 'dense', units: 10, activation: 'softmax' },
];
const normalized = (threads: number): Run[] => [
  { network, threads, batchSize: 30, epochs: 2, seed: 3, limit: 90, optimizer: 'adamW', emaDecay: 0.8 },
];

let node: Sums;
beforeAll(async () => {
  node = await sumsInNode(subset(), [odd(1), even(1)]);
});

describe.each(browsersToTest())('the committed subset, 2 epochs, in $name', (browser) => {
  test.for([
    ['cross-origin isolated, on 1, 2, 3 and 4 Web Workers', true, [2, 1, 2, 3, 4]],
    ['not isolated, asked for 4, 1 and 4 threads, on one', false, [4, 1, 4]],
  ] as const)(
    '%s: weights and probabilities are Node’s to the last bit',
    timeout,
    async ([, isolated, threads], context) => {
      needsBrowser(context, browser);
      const runs = threads.map((count, i) => (i === 0 ? odd(count) : even(count)));
      const { error, ...page } = await ask<PageSums>(browser, { name: 'weights', runs }, { isolated, seconds });
      expect(error).toBeUndefined();
      expect(page.isolated).toBe(isolated);
      const [oddSum, evenSum] = node.weights;
      expect(page.weights).toEqual(threads.map((_, i) => (i === 0 ? oddSum : evenSum)));
      expect(page.probabilities).toBe(node.probabilities);
      // The runs' workers, and those of the last model's classifier.
      expect(page.workers).toBe(isolated ? 2 + 1 + 2 + 3 + 4 + 4 : 0);
      // Wherever the work is done, the page goes on answering.
      expect(page.turns).toBeGreaterThan(5 * runs.length);
    },
  );

  test(
    'sgd, adamW, schedules, clipping, smoothing, averages, augmentation: the weights are Node’s',
    timeout,
    async (context) => {
      needsBrowser(context, browser);
      const task = { name: 'weights', runs: settings(3) };
      const { error, weights } = await ask<PageSums>(browser, task, { isolated: true, seconds });
      expect(error).toBeUndefined();
      expect(weights).toEqual((await sumsInNode(subset(), settings(2))).weights);
    },
  );

  test('batch normalisation and the other layers: weights and probabilities are Node’s', timeout, async (context) => {
    needsBrowser(context, browser);
    const task = { name: 'weights', runs: normalized(3) };
    const { error, weights, probabilities } = await ask<PageSums>(browser, task, { isolated: true, seconds });
    expect(error).toBeUndefined();
    expect({ weights, probabilities }).toEqual(await sumsInNode(subset(), normalized(2)));
  });

  test(
    'what throws or dies in a team of 1 or 3 rejects the run with its cause, and nothing hangs',
    timeout,
    async (context) => {
      needsBrowser(context, browser);
      const answer = await ask<Record<string, unknown>>(
        browser,
        { name: 'failures', teams: [1, 3] },
        { isolated: true, seconds },
      );
      expect(answer['error']).toBeUndefined();
      const noSuchKernel =
        'worker-failed: A worker thread failed (noSuchKernel of test: the engine has no such kernel), so the run ended. (with its cause)';
      const closed = 'aborted: The team of threads was closed, so it runs nothing any more.';
      const team = {
        unknownKernel: noSuchKernel,
        runAfterFailure: noSuchKernel,
        trap: expect.stringMatching(
          /^worker-failed: A worker thread failed \(zeroFill of test: .*out of bounds\), so the run ended\. \(with its cause\)$/,
        ),
        closeDuringRun: closed,
        runAfterClose: closed,
        death: 'worker-failed: A worker thread ended unexpectedly, so the run ended.',
        noWorker: 'worker-failed: A worker thread could not be loaded, so the run ended.',
      };
      expect(answer).toMatchObject({
        isolated: true,
        teams: [team, team],
        noKernels: expect.stringMatching(/^missing-file: The engine .*nowhere\.wasm cannot be loaded \(status 404\)/),
        noWasm: expect.stringMatching(/^missing-file: The engine .*engine\.js cannot be loaded \(.*magic/),
      });
    },
  );
});
