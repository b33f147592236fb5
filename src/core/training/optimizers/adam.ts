import { kernelCall } from '../../engine/kernelCall.ts';
import { type Optimizer, spreadOver } from './optimizer.ts';
import { power } from './power.ts';

/** Adam's default settings, those of Keras (Kingma & Ba 2014 with ε = 1e-7). */
export const adamDefaults = { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 } as const;

export interface AdamSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/**
 * What the kernel `adam` needs for update number `step` (from 1): α = lr · √(1 − β₂ᵗ) ÷ (1 − β₁ᵗ), 1 − β₁, 1 − β₂, ε.
 */
export function adamRates(step: number, learningRate: number, settings: AdamSettings = adamDefaults): Float32Array {
  const { beta1, beta2, epsilon } = settings;
  const alpha = (learningRate * Math.sqrt(1 - power(beta2, step))) / (1 - power(beta1, step));
  return Float32Array.of(alpha, 1 - beta1, 1 - beta2, epsilon);
}

/** Adam in Keras' form; it has no weight decay. */
export function adam(settings: AdamSettings): Optimizer {
  return {
    rates: (step, learningRate) => adamRates(step, learningRate, settings),
    call: ({ state: [m, v], ...rest }) =>
      kernelCall('update', 'adam', { ...rest, m: m!, v: v! }, spreadOver(rest.size)),
  };
}
