import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inlineEngine, workerEngine } from '../../../test/engine/engines.ts';
import { randomValues } from '../../../test/engine/fixtures.ts';
import { adam } from '../../../test/engine/references/adam.ts';
import { adamW } from '../../../test/engine/references/adamW.ts';
import { sgd } from '../../../test/engine/references/sgd.ts';
import { createExecutable } from '../compile/executable.ts';
import { persistentBuffer } from '../engine/buffers.ts';
import type { Engine } from '../engine/start.ts';
import type { Parameter, ParameterRole } from '../graph/layer.ts';
import { compileUpdate, defaultUpdate, stateNames, type UpdateSettings } from './update.ts';

interface Piece {
  readonly role: ParameterRole;
  readonly size: number;
  readonly trainable: boolean;
}

function networkOf(pieces: readonly Piece[]) {
  let offset = 0;
  const parameters = pieces.map(({ role, size, trainable }, i): Parameter => {
    const placed = { role, size, trainable, offset, name: `${i}/${role}`, shape: [size] };
    offset += size;
    return { ...placed, initializer: { type: 'zeros' } };
  });
  return { parameters, parameterCount: offset };
}

interface Case {
  readonly pieces: readonly Piece[];
  readonly settings: UpdateSettings;
  readonly steps?: number;
}

const learningRate = 0.01;
const startOf = (count: number) => randomValues(1, count, 0.5);
const gradientOf = (step: number, count: number) => randomValues(10 + step, count, 0.3 / step);

/** Some updates by the kernels: the parameters, and what is kept beside them. */
async function byKernels({ pieces, settings, steps = 4 }: Case, engine: Engine = inlineEngine, threads = 1) {
  const network = networkOf(pieces);
  const bytes = network.parameterCount * 4;
  const [values, gradients] = [persistentBuffer('values', bytes), persistentBuffer('gradients', bytes)];
  const average = settings.emaDecay === null ? null : persistentBuffer('average', bytes);
  const set = { values, gradients, packed: new Map(), pack: [] };
  const { calls, state, prepare } = compileUpdate(network, set, average, settings);
  const kept = [values, gradients, ...state.values()];
  const executable = await createExecutable(engine, threads, { calls: { update: calls }, kept, scratchBytes: 0 });
  executable.floats(values).set(startOf(network.parameterCount));
  // The first update overwrites what was there.
  if (average) executable.floats(average).set(randomValues(7, network.parameterCount, 100));
  for (let step = 1; step <= steps; step++) {
    executable.floats(gradients).set(gradientOf(step, network.parameterCount));
    prepare(executable.floats, step, learningRate / step);
    await executable.run([{ program: 'update' }]);
  }
  const read = [...state].map(([name, buffer]) => [name, executable.floats(buffer).slice()] as const);
  await executable.close();
  return { values: executable.floats(values).slice(), state: Object.fromEntries(read) };
}

/** The same in plain float64. */
function byReference({ pieces, settings, steps = 4 }: Case) {
  const { parameters, parameterCount } = networkOf(pieces);
  const values = Float64Array.from(startOf(parameterCount));
  const { optimizer, emaDecay, globalClipnorm } = settings;
  const state = Object.fromEntries(
    stateNames(optimizer.name, emaDecay).map((name) => [name, new Float64Array(parameterCount)]),
  );
  const average = state['average'];
  const trained = parameters.filter(({ trainable }) => trainable);
  for (let step = 1; step <= steps; step++) {
    const g = Float64Array.from(gradientOf(step, parameterCount));
    const norm = Math.hypot(...trained.flatMap(({ offset, size }) => [...g.subarray(offset, offset + size)]));
    if (globalClipnorm !== null && norm > globalClipnorm)
      for (let i = 0; i < g.length; i++) g[i]! *= globalClipnorm / norm;
    for (const { role, offset, size } of trained) {
      const of = (array: Float64Array) => array.subarray(offset, offset + size);
      const rate = (learningRate / step) * (settings.learningRateMultipliers[role] ?? 1);
      const weightDecay = settings.weightDecayRoles.includes(role) ? settings.weightDecay : 0;
      const rates = { ...optimizer, step, learningRate: rate, weightDecay };
      if (rates.name === 'sgd') sgd(of(values), of(g), of(state['velocity']!), rates);
      else {
        const [m, v] = [of(state['m']!), of(state['v']!)];
        const alpha = (rate * Math.sqrt(1 - rates.beta2 ** step)) / (1 - rates.beta1 ** step);
        if (rates.name === 'adam') adam(of(values), of(g), m, v, { ...rates, alpha });
        else adamW(of(values), of(g), m, v, rates);
      }
    }
    for (let i = 0; average && i < average.length; i++)
      average[i] = step === 1 ? values[i]! : emaDecay! * average[i]! + (1 - emaDecay!) * values[i]!;
  }
  return { values, state };
}

function expectClose(is: ArrayLike<number>, should: Float64Array, what: string) {
  for (let i = 0; i < should.length; i++) {
    const tolerance = 1e-6 * Math.max(1, Math.abs(should[i]!));
    expect(Math.abs(is[i]! - should[i]!), `${what}[${i}]`).toBeLessThan(tolerance);
  }
}

/** Evenly spread; `fc.double` draws mostly numbers near 0. */
const numbers = (min: number, max: number) =>
  fc.integer({ min: 0, max: 1000 }).map((n) => min + ((max - min) * n) / 1000);
const pieces = fc.array(
  fc.record({
    role: fc.constantFrom<ParameterRole>('kernel', 'bias'),
    size: fc.integer({ min: 1, max: 23 }),
    trainable: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6 },
);
const betas = { beta1: numbers(0, 0.95), beta2: numbers(0.5, 0.9999), epsilon: fc.constantFrom(1e-8, 1e-7, 1e-3) };
const optimizers = fc.oneof(
  fc.record({ name: fc.constant('adam' as const), ...betas }),
  fc.record({ name: fc.constant('adamW' as const), ...betas }),
  fc.record({ name: fc.constant('sgd' as const), momentum: numbers(0, 0.95), nesterov: fc.boolean() }),
);
const updates: fc.Arbitrary<UpdateSettings> = fc
  .record({
    optimizer: optimizers,
    learningRateMultipliers: fc.record({ kernel: numbers(0, 3), bias: numbers(0, 3) }, { requiredKeys: [] }),
    weightDecay: numbers(0, 1),
    weightDecayRoles: fc.subarray<ParameterRole>(['kernel', 'bias']),
    globalClipnorm: fc.option(numbers(0.01, 3)),
    emaDecay: fc.option(numbers(0, 0.999)),
  })
  .map((one) => (one.optimizer.name === 'adam' ? { ...one, weightDecay: 0 } : one));

/** Where two arrays first differ; −1 if they do not. (`toEqual` takes seconds to describe arrays of this size.) */
const difference = (a: Float32Array, b: Float32Array) => a.findIndex((value, i) => value !== b[i]);

const large: readonly Piece[] = [
  { role: 'kernel', size: 30_003, trainable: true },
  { role: 'bias', size: 9, trainable: true },
  { role: 'kernel', size: 5000, trainable: false },
  { role: 'kernel', size: 8190, trainable: true },
];

describe('compileUpdate', () => {
  test('any optimizer with any rules, clipping and average is within 1e-6 of float64 after four updates', async () => {
    await fc.assert(
      fc.asyncProperty(pieces, updates, async (drawn, settings) => {
        const one = { pieces: drawn, settings };
        const [is, should] = [await byKernels(one), byReference(one)];
        expectClose(is.values, should.values, 'parameters');
        expect(Object.keys(is.state)).toEqual(Object.keys(should.state));
        for (const [name, array] of Object.entries(should.state)) expectClose(is.state[name]!, array, name);
      }),
      { seed: 11, numRuns: 80, endOnFailure: true },
    );
  });

  const all: UpdateSettings = {
    optimizer: { name: 'adamW', beta1: 0.9, beta2: 0.99, epsilon: 1e-8 },
    learningRateMultipliers: { bias: 2 },
    weightDecay: 0.1,
    weightDecayRoles: ['kernel'],
    globalClipnorm: 0.5,
    emaDecay: 0.9,
  };
  const sgdAll: UpdateSettings = { ...all, optimizer: { name: 'sgd', momentum: 0.9, nesterov: true } };

  test.each([all, sgdAll, defaultUpdate])('the same bits on 1 to 4 threads', async (settings) => {
    const one = { pieces: large, settings };
    const alone = await byKernels(one);
    for (const threads of [1, 2, 3, 4]) {
      const { values, state } = await byKernels(one, workerEngine, threads);
      expect(difference(values, alone.values)).toBe(-1);
      for (const [name, array] of Object.entries(alone.state)) expect(difference(state[name]!, array)).toBe(-1);
    }
  });

  test('parameters that are not trained keep their bits, whatever decay and rate', async () => {
    for (const settings of [all, sgdAll]) {
      const { values } = await byKernels({ pieces: large, settings: { ...settings, weightDecay: 1 } });
      const before = startOf(values.length);
      const isFrozen = (i: number) => i >= 30_012 && i < 35_012;
      expect(values.every((value, i) => isFrozen(i) === (value === before[i]))).toBe(true);
    }
  });

  test('nothing to train is nothing to do', async () => {
    const pieces = [{ role: 'kernel', size: 7, trainable: false }] as const;
    expect((await byKernels({ pieces, settings: all })).values).toEqual(startOf(7));
  });

  test('gradients under the norm keep their bits', async () => {
    const { values } = await byKernels({ pieces: large, settings: { ...all, globalClipnorm: 1e6 } });
    const without = await byKernels({ pieces: large, settings: { ...all, globalClipnorm: null } });
    expect(difference(values, without.values)).toBe(-1);
  });

  test('the average begins as the parameters after the first update, and an average of constants is constant', async () => {
    const first = await byKernels({ pieces: large, settings: all, steps: 1 });
    expect(difference(first.state['average']!, first.values)).toBe(-1);
    const still = { ...all, learningRateMultipliers: { kernel: 0, bias: 0 } };
    const { state } = await byKernels({ pieces: large, settings: still });
    expect(difference(state['average']!, startOf(43_202))).toBe(-1);
  });

  test('with one rule for all there is one call, as long as the parameters', () => {
    const network = networkOf(large.map((piece) => ({ ...piece, trainable: true })));
    const bytes = network.parameterCount * 4;
    const set = {
      ...{ values: persistentBuffer('values', bytes), gradients: persistentBuffer('gradients', bytes) },
      ...{ packed: new Map(), pack: [] },
    };
    const { calls } = compileUpdate(network, set, null, defaultUpdate);
    expect(calls.map(({ kernel, units }) => [kernel, units])).toEqual([['adam', Math.ceil(43_202 / 4)]]);
  });
});
