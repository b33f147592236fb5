import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { preprocessingFor } from '../../src/core/data/preprocessing.ts';
import { type Buffer, persistentBuffer, transientBuffer } from '../../src/core/engine/buffers.ts';
import { kernelCall } from '../../src/core/engine/kernelCall.ts';
import { planMemory } from '../../src/core/engine/memoryPlan.ts';
import type { Units } from '../../src/core/engine/program.ts';
import { builtinNetwork } from '../../src/core/graph/builtin.ts';
import { initialParameters } from '../../src/core/graph/initialise.ts';
import { buildNetwork } from '../../src/core/graph/network.ts';
import type { LayerSpec } from '../../src/core/graph/spec.ts';
import { classifierPlan, openClassifier } from '../../src/core/model/classifier.ts';
import { createTrainer, trainerPlan } from '../../src/core/training/trainer.ts';
import { engineWithNanInDeadMemory } from './deadMemory.ts';
import { inlineEngine } from './engines.ts';
import { range, subset } from './fixtures.ts';

const copy = (x: Buffer, y: Buffer, units: Units = 1) =>
  kernelCall('test', 'copyRows', { x, y, size: 1 }, { units, chunkSize: 1 });

describe('planMemory', () => {
  const chains = fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 5000 }), reads: fc.nat() }), {
    minLength: 2,
    maxLength: 25,
  });

  test('buffers in use at one time never overlap, slack included, and all begin on a cache line', () => {
    fc.assert(
      fc.property(chains, (chain) => {
        const buffers = chain.map(({ bytes }, i) => transientBuffer(`${i}`, bytes));
        const calls = chain.slice(1).map(({ reads }, i) => copy(buffers[reads % (i + 1)]!, buffers[i + 1]!));
        const { placements, bytes } = planMemory([[calls]]);
        for (const a of placements) {
          expect(a.address % 64).toBe(0);
          expect(a.address + a.buffer.bytes + 64).toBeLessThanOrEqual(bytes);
          for (const b of placements) {
            if (a === b || a.last < b.first || b.last < a.first) continue;
            const apart = a.address + a.buffer.bytes + 64 <= b.address || b.address + b.buffer.bytes + 64 <= a.address;
            expect(apart, `${a.buffer.owner} and ${b.buffer.owner}`).toBe(true);
          }
        }
      }),
    );
  });

  test('a buffer is placed where one was whose last reader has run', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((owner) => transientBuffer(owner, 1000)) as [Buffer, Buffer, Buffer];
    const { placements } = planMemory([[[copy(a, b), copy(b, c)]]]);
    const addressOf = (buffer: Buffer) => placements.find((p) => p.buffer === buffer)!.address;
    expect(addressOf(c)).toBe(addressOf(a));
    expect(addressOf(b)).not.toBe(addressOf(a));
  });

  test('within a chain, whose calls run on different images at one time, no memory is shared', () => {
    const [a, b, c, d] = Array.from({ length: 4 }, (_, i) => transientBuffer(`${i}`, 1000)) as Buffer[];
    const calls = [copy(a!, b!, 'images'), copy(b!, c!, { perImage: 1 / 4 }), copy(c!, d!, 'images')];
    const { placements } = planMemory([[calls]]);
    expect(new Set(placements.map(({ address }) => address)).size).toBe(4);
    expect(placements.every(({ first, last }) => first === 0 && last === 2)).toBe(true);
  });

  test('what passes from one program of a sequence to the next stays; programs apart share memory', () => {
    const [a, b, c, d] = Array.from({ length: 4 }, (_, i) => transientBuffer(`${i}`, 1000)) as Buffer[];
    const write = [copy(a!, b!)];
    const read = [copy(b!, c!), copy(c!, d!)];
    const together = planMemory([[write, read]]);
    const at = (buffer: Buffer) => together.placements.find((p) => p.buffer === buffer)!;
    expect([at(b!).first, at(b!).last]).toEqual([0, 1]);
    expect(at(c!).address).not.toBe(at(b!).address);
    const apart = planMemory([[write], [[copy(c!, d!)]]]);
    expect(new Set(apart.placements.map(({ address }) => address)).size).toBe(2);
    expect(apart.shared.bytes).toBe(together.shared.bytes);
  });

  test('persistent and kept buffers have memory of their own; others have no address to ask for', () => {
    const [a, b] = [transientBuffer('a', 100), transientBuffer('b', 100)];
    const kept = persistentBuffer('kept', 100);
    const plan = planMemory([[[copy(a, kept), copy(kept, b)]]], [b]);
    expect(new Set([plan.addressOf(kept), plan.addressOf(b)]).size).toBe(2);
    expect(plan.placements.map(({ buffer }) => buffer)).toEqual([a]);
    expect(() => plan.addressOf(a)).toThrow('a buffer of a is neither persistent nor kept');
  });
});

const residual: readonly LayerSpec[] = [
  { type: 'input', shape: [28, 28, 1] },
  { type: 'conv2d', name: 'stem', filters: 6, kernelSize: 4, strides: 3, activation: 'relu' },
  { type: 'zeroPadding2d' },
  { type: 'conv2d', filters: 6, kernelSize: 3, activation: 'relu' },
  { type: 'dropout', rate: 0.3 },
  { type: 'add', inputs: ['stem', 'dropout_1'] },
  { type: 'maxPooling2d' },
  { type: 'flatten' },
  { type: 'dense', units: 20, activation: 'relu' },
  { type: 'dense', units: 10, activation: 'softmax' },
];

describe.each([
  ['the reference network', builtinNetwork('reference')],
  ['a residual network', residual],
] as const)('%s, NaN in all memory that is not in use', (_, spec) => {
  const data = subset();
  const network = buildNetwork(spec);
  const preprocessing = preprocessingFor(network.inputShape);
  const parameters = initialParameters(network, 3);
  const samples = range(5, 70);

  test('trains and scores to the same bits', async () => {
    const { engine, filledBytes } = engineWithNanInDeadMemory(trainerPlan(network, preprocessing, 300));
    const results = [];
    for (const one of [inlineEngine, engine]) {
      const trainer = await createTrainer({ batchSize: 300, network, preprocessing, engine: one, threads: 1 });
      await trainer.setParameters(parameters);
      const step = (number: number) =>
        trainer.train({ set: data.train, samples, seed: 1, step: number, learningRate: 0.01 });
      const losses = [await step(1), await trainer.score(data.train, samples), await step(2)];
      results.push({ losses, parameters: trainer.parameters() });
      await trainer.close();
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[0]!.parameters.every(Number.isFinite)).toBe(true);
    expect(filledBytes()).toBeGreaterThan(2 ** 20);
  });

  test('classifies to the same bits', async () => {
    const { engine, filledBytes } = engineWithNanInDeadMemory(classifierPlan(network, preprocessing));
    const results = [];
    for (const one of [inlineEngine, engine]) {
      const classifier = await openClassifier({ network, preprocessing, parameters }, one, 1);
      results.push([await classifier.answersOf(data.test, samples), await classifier.score(data.test, samples)]);
      await classifier.close();
    }
    expect(results[1]).toEqual(results[0]);
    expect(filledBytes()).toBeGreaterThan(2 ** 20);
  });
});
