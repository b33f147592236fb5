import { kernelCall } from '../../engine/kernelCall.ts';
import type { AdamSettings } from './adam.ts';
import { type Optimizer, spreadOver } from './optimizer.ts';
import { power } from './power.ts';

/** PyTorch's default settings (Loshchilov & Hutter 2019). */
export const adamWDefaults = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 } as const;

/**
 * AdamW in PyTorch's form, weight decay apart from the gradient: w −= lr · (m̂ ÷ (√v̂ + ε) + weight decay · w) with
 * m̂ = m ÷ (1 − β₁ᵗ) and v̂ = v ÷ (1 − β₂ᵗ). Keras' differs in ε alone, which it adds to √v.
 */
export function adamW({ beta1, beta2, epsilon }: AdamSettings): Optimizer {
  return {
    rates(step, learningRate, weightDecay) {
      const alpha = learningRate / (1 - power(beta1, step));
      const correction = 1 / Math.sqrt(1 - power(beta2, step));
      return Float32Array.of(alpha, 1 - beta1, 1 - beta2, epsilon, correction, learningRate * weightDecay);
    },
    call: ({ state: [m, v], ...rest }) =>
      kernelCall('update', 'adamW', { ...rest, m: m!, v: v! }, spreadOver(rest.size)),
  };
}
