import type { ParameterSet } from '../compile/parameterSet.ts';
import { at, type Buffer, float, persistentBuffer } from '../engine/buffers.ts';
import { type KernelCall, kernelCall } from '../engine/kernelCall.ts';
import type { Network } from '../graph/network.ts';
import { type AdamSettings, adam, adamDefaults } from './optimizers/adam.ts';
import { adamW } from './optimizers/adamW.ts';
import { mostRates, type Optimizer } from './optimizers/optimizer.ts';
import { defaultDecayRoles, type RoleSettings, stretchesOf } from './optimizers/rules.ts';
import { type SgdSettings, sgd } from './optimizers/sgd.ts';

export type OptimizerSettings =
  | ({ readonly name: 'adam' | 'adamW' } & AdamSettings)
  | ({ readonly name: 'sgd' } & SgdSettings);

/** How a batch's gradients change the parameters. */
export interface UpdateSettings extends RoleSettings {
  readonly optimizer: OptimizerSettings;
  /** The gradients of all trainable parameters together are scaled down to this Euclidean norm; null for no limit. */
  readonly globalClipnorm: number | null;
  /** Decay of the parameters' exponential moving average; null for none. */
  readonly emaDecay: number | null;
}

export const defaultUpdate: UpdateSettings = {
  optimizer: { name: 'adam', ...adamDefaults },
  learningRateMultipliers: {},
  weightDecay: 0,
  weightDecayRoles: defaultDecayRoles,
  globalClipnorm: null,
  emaDecay: null,
};

/** The name of the average among the arrays of a training's state. */
const averageName = 'average';

/** Floats that one unit of the kernels `squareSums` and `clipByNorm` takes. */
const clipChunk = 4096;

function optimizerFor(settings: OptimizerSettings): Optimizer {
  switch (settings.name) {
    case 'adam':
      return adam(settings);
    case 'adamW':
      return adamW(settings);
    case 'sgd':
      return sgd(settings);
  }
}

/** The arrays that each optimizer keeps, zeros at the beginning. */
const optimizerState: Readonly<Record<OptimizerSettings['name'], readonly string[]>> = {
  adam: ['m', 'v'],
  adamW: ['m', 'v'],
  sgd: ['velocity'],
};

/** The names of the arrays that a training keeps beside the parameters, each as long as they are. */
export function stateNames(optimizer: OptimizerSettings['name'], emaDecay: number | null): readonly string[] {
  return [...optimizerState[optimizer], ...(emaDecay === null ? [] : [averageName])];
}

export interface CompiledUpdate {
  /** Changes the parameters, once the gradients are complete. */
  readonly calls: readonly KernelCall[];
  /** By the names of `stateNames`. */
  readonly state: ReadonlyMap<string, Buffer>;
  /** Writes what the calls read for update number `step` (from 1). */
  prepare(floats: (buffer: Buffer) => Float32Array, step: number, learningRate: number): void;
}

/** @param average where the parameters' moving average is kept; null where there is none */
export function compileUpdate(
  network: Pick<Network, 'parameters' | 'parameterCount'>,
  { values, gradients }: ParameterSet,
  average: Buffer | null,
  settings: UpdateSettings,
): CompiledUpdate {
  const P = network.parameterCount;
  const optimizer = optimizerFor(settings.optimizer);
  const kept = optimizerState[settings.optimizer.name].map(
    (name) => [name, persistentBuffer('the optimizer', P * 4)] as const,
  );
  const stretches = stretchesOf(network.parameters, settings);
  const rates = persistentBuffer('the optimizer', Math.max(1, stretches.length) * mostRates * 4);
  const averageRate = persistentBuffer('the average', 4);
  const update = stretches.map(({ offset, size }, i) =>
    optimizer.call({
      w: at(values, offset * 4),
      g: at(gradients, offset * 4),
      state: kept.map(([, buffer]) => at(buffer, offset * 4)),
      rates: at(rates, i * mostRates * 4),
      size,
    }),
  );
  const averaging =
    average &&
    kernelCall(
      'update',
      'averageWeights',
      { w: values, average, rate: averageRate },
      { units: Math.ceil(P / 4), chunkSize: 4096 },
    );
  return {
    calls: [
      ...clippingCalls(gradients, stretches, settings.globalClipnorm),
      ...update,
      ...(averaging ? [averaging] : []),
    ],
    state: new Map([...kept, ...(average ? [[averageName, average] as const] : [])]),
    prepare(floats, step, learningRate) {
      for (const [i, { rule }] of stretches.entries()) {
        const rate = learningRate * rule.learningRateMultiplier;
        floats(rates).set(optimizer.rates(step, rate, rule.weightDecay), i * mostRates);
      }
      // The first update's parameters are the average's beginning, as in Keras and PyTorch.
      if (average) floats(averageRate)[0] = step === 1 ? 1 : 1 - settings.emaDecay!;
    },
  };
}

function clippingCalls(
  gradients: Buffer,
  stretches: readonly { readonly offset: number; readonly size: number }[],
  limit: number | null,
): KernelCall[] {
  if (limit === null) return [];
  const chunks = stretches.map(({ size }) => Math.ceil(size / clipChunk));
  const parts = chunks.reduce((sum, count) => sum + count, 0);
  const sums = persistentBuffer('the optimizer', parts * 8);
  let before = 0;
  const summing = stretches.map(({ offset, size }, i) => {
    const args = { g: at(gradients, offset * 4), sums: at(sums, before * 8), size };
    before += chunks[i]!;
    return kernelCall('update', 'squareSums', args, { units: chunks[i]!, chunkSize: 1 });
  });
  const scaling = stretches.map(({ offset, size }, i) =>
    kernelCall(
      'update',
      'clipByNorm',
      { g: at(gradients, offset * 4), sums, parts, limit: float(limit), size },
      { units: chunks[i]!, chunkSize: 1 },
    ),
  );
  return [...summing, ...scaling];
}
