import { describe, expect, test } from 'vitest';
import { createRecorder } from '../../src/core/compile/recorder.ts';
import { imagesInMemory } from '../../src/core/data/images.ts';
import { preprocessingFor } from '../../src/core/data/preprocessing.ts';
import { executeAlone } from '../../src/core/engine/execute.ts';
import { type Program, stagesOf, type Units } from '../../src/core/engine/program.ts';
import type { Engine } from '../../src/core/engine/start.ts';
import { instantiateKernels } from '../../src/core/engine/wasm.ts';
import { builtinNetwork, builtinNetworkNames } from '../../src/core/graph/builtin.ts';
import { initialParameters } from '../../src/core/graph/initialise.ts';
import { buildNetwork } from '../../src/core/graph/network.ts';
import { createTrainer } from '../../src/core/training/trainer.ts';
import { inlineEngine } from './engines.ts';
import { randomValues } from './fixtures.ts';

describe('stages', () => {
  const call = (name: string, units: Units, aside = false) => ({ name, units, aside });
  const named = (calls: readonly ReturnType<typeof call>[]) =>
    stagesOf(calls).map((stage) => stage.map((chain) => chain.calls.map(({ name }) => name).join(' ')));

  test('neighbours whose units are images make a chain; others are alone', () => {
    const calls = [call('a', 'images'), call('b', { perImage: 1 / 4 }), call('c', 7), call('d', { perImage: 4 })];
    expect(named([...calls, call('e', 'images')])).toEqual([['a b'], ['c'], ['d'], ['e']]);
  });

  test('calls aside are in one stage with the chain behind them, and end the chain before', () => {
    const calls = [call('a', 'images'), call('w', 8, true), call('v', 'images', true), call('b', 'images')];
    expect(named([...calls, call('c', 'images'), call('d', 3)])).toEqual([['a'], ['w', 'v', 'b c'], ['d']]);
  });

  test('calls aside at the end have a stage of their own', () => {
    expect(named([call('a', 3), call('w', 8, true)])).toEqual([['a'], ['w']]);
  });
});

/** Runs the chains of each stage in the opposite order, as a thread may that gets none of the first. */
const backwards: Engine = {
  ...inlineEngine,
  async createTeam({ module, memory, scratchAddress, programs }) {
    const kernels = instantiateKernels(module, memory, scratchAddress);
    const reversed: Program[] = programs.map((calls) =>
      stagesOf(calls).flatMap((stage) => stage.toReversed().flatMap((chain) => chain.calls)),
    );
    return {
      threads: 1,
      async run(jobs) {
        // Call by call, so that reversing does not make other chains.
        for (const { program, ...job } of jobs) {
          for (const call of reversed[program]!) executeAlone(kernels, [[call]], [{ program: 0, ...job }]);
        }
      },
      async close() {},
    };
  },
};

test('the gradients of a convolution’s kernel are complete before they are put together', async () => {
  const conv = { type: 'conv2d', name: 'conv', filters: 8, kernelSize: 3, padding: 'same' } as const;
  const network = buildNetwork([{ type: 'input', shape: [6, 6, 8] }, conv]);
  const parameters = randomValues(1, network.parameterCount);
  const gradientsWith = async (engine: Engine) => {
    const options = { network, parameters, engine, threads: 1, images: 3, winograd: true, backwardFrom: 'conv' };
    const recorder = await createRecorder(options);
    await recorder.forward(randomValues(2, 3 * 6 * 6 * 8));
    await recorder.backward(randomValues(3, 3 * 6 * 6 * 8));
    const gradients = recorder.parameterGradients();
    await recorder.close();
    return gradients;
  };
  expect(await gradientsWith(backwards)).toEqual(await gradientsWith(inlineEngine));
});

test.each(builtinNetworkNames.map((name) => [name]))(
  '%s: two steps have the same bits where calls aside run after the chains behind them',
  async (name) => {
    const network = buildNetwork(builtinNetwork(name));
    const weightsWith = async (engine: Engine) => {
      const preprocessing = preprocessingFor(network.inputShape);
      const trainer = await createTrainer({ network, preprocessing, batchSize: 6, engine, threads: 1 });
      await trainer.setParameters(initialParameters(network, 0));
      const [height, width, channels] = network.inputShape as readonly [number, number, number];
      const pixels = Uint8Array.from(randomValues(1, 6 * height * width * channels, 127), (value) => value + 128);
      const set = imagesInMemory(pixels, Uint8Array.from([0, 1, 2, 3, 4, 5]), { height, width, channels });
      for (const step of [1, 2]) {
        await trainer.train({ set, samples: Uint32Array.from([0, 1, 2, 3, 4, 5]), seed: 0, step, learningRate: 0.01 });
      }
      const weights = trainer.parameters();
      await trainer.close();
      return weights;
    };
    expect(await weightsWith(backwards)).toEqual(await weightsWith(inlineEngine));
  },
);
