import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { preprocessingFor } from '../../src/core/data/preprocessing.ts';
import { buildNetwork } from '../../src/core/graph/network.ts';
import {
  completeConfiguration,
  learningSettings,
  type RunConfiguration,
  scheduleSettings,
} from '../../src/core/training/configuration.ts';
import { scheduleFactor, scheduleIn } from '../../src/core/training/schedules.ts';
import { createTrainer } from '../../src/core/training/trainer.ts';
import { goldenParameters, loadGolden, relativeError } from '../golden/golden.ts';
import { gradientsIn, inlineEngine, poisonedScratch, watched } from './engines.ts';
import { range, referenceWithoutDropout, subset } from './fixtures.ts';

/** What `make_golden_updates.py` says of a tensor. */
interface Figures {
  readonly sum: number;
  readonly norm: number;
  /** The norm of its difference from the beginning. */
  readonly change?: number;
  /** Every `stride`-th element, up to five. */
  readonly stride: number;
  readonly sample: readonly number[];
}

interface Part {
  readonly settings: Partial<RunConfiguration>;
  readonly losses: readonly number[];
  readonly gradients: Readonly<Record<string, Figures>>;
  readonly after: Readonly<Record<string, Figures>>;
  readonly average?: Readonly<Record<string, Figures>>;
}

const { batchSize, parts } = JSON.parse(
  readFileSync(new URL('../golden/fixtures/updates.json', import.meta.url), 'utf8'),
) as { readonly batchSize: number; readonly parts: Readonly<Record<string, Part>> };

const network = buildNetwork(referenceWithoutDropout);
const images = subset().train;
const start = new Float32Array(network.parameterCount);
const drawn: Readonly<Record<string, Float32Array>> = goldenParameters(loadGolden().seed);
for (const { name, offset } of network.parameters) start.set(drawn[name]!, offset);

async function trainedAs({ settings }: Part) {
  const configuration = completeConfiguration({ ...settings, epochs: 1 });
  const schedule = scheduleIn(scheduleSettings(configuration), 10);
  const { engine, seen } = watched(poisonedScratch(inlineEngine));
  const preprocessing = preprocessingFor(network.inputShape);
  const trainer = await createTrainer({
    network,
    preprocessing,
    batchSize: 300,
    engine,
    threads: 1,
    ...learningSettings(configuration),
  });
  await trainer.setParameters(start);
  const losses: number[] = [];
  let gradients = new Float32Array(0);
  for (let step = 1; step <= 10; step++) {
    const samples = range((step - 1) * batchSize, batchSize);
    const learningRate = configuration.learningRate * scheduleFactor(step, 10, schedule);
    const { lossSum } = await trainer.train({ set: images, samples, seed: 0, step, learningRate });
    losses.push(lossSum / batchSize);
    if (step === 1) gradients = Float32Array.from(gradientsIn(seen()));
  }
  await trainer.close();
  return { losses, gradients, after: trainer.parameters(), average: trainer.modelParameters() };
}

const norm = (values: ArrayLike<number>) =>
  Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0));

function expectFigures(is: Float32Array, should: Readonly<Record<string, Figures>>, tolerance: number) {
  for (const { name, offset, size } of network.parameters) {
    const own = is.subarray(offset, offset + size);
    const { norm: length, change, stride, sample } = should[name]!;
    expect(Math.abs(norm(own) / length - 1), `norm of ${name}`).toBeLessThan(tolerance);
    const five = sample.map((_, i) => own[i * stride]!);
    expect(relativeError(five, sample), `elements of ${name}`).toBeLessThan(tolerance);
    if (change === undefined) continue;
    const moved = own.map((value, i) => value - start[offset + i]!);
    expect(Math.abs(norm(moved) / change - 1), `change of ${name}`).toBeLessThan(tolerance);
  }
}

describe.each(Object.entries(parts))('ten steps of PyTorch’s, %s', (name, part) => {
  let trained: Awaited<ReturnType<typeof trainedAs>>;
  beforeAll(async () => {
    trained = await trainedAs(part);
  });

  test('ten losses: relative error under 1e-5', () => {
    expect(part.losses).toHaveLength(10);
    for (const [i, loss] of part.losses.entries())
      expect(Math.abs(trained.losses[i]! / loss - 1), `step ${i + 1}`).toBeLessThan(1e-5);
  });

  test('the first step’s gradients: relative error under 1e-4', () => {
    expectFigures(trained.gradients, part.gradients, 1e-4);
  });

  test('the weights and their changes after ten steps: relative error under 1e-4', () => {
    expectFigures(trained.after, part.after, 1e-4);
  });

  if (name === 'average') {
    test('the averaged weights and their changes: relative error under 1e-4', () => {
      expectFigures(trained.average, part.average!, 1e-4);
    });
  }
});
