import { kernelCall } from '../../engine/kernelCall.ts';
import { type Optimizer, spreadOver } from './optimizer.ts';

/** PyTorch's and Keras' default settings. */
export const sgdDefaults = { momentum: 0, nesterov: false, weightDecay: 0 } as const;

export interface SgdSettings {
  readonly momentum: number;
  readonly nesterov: boolean;
}

/**
 * Stochastic gradient descent in PyTorch's form without dampening: d = gradient + weight decay · w, velocity = momentum · velocity + d,
 * w −= lr · velocity, or with Nesterov's momentum w −= lr · (d + momentum · velocity). Keras has the learning rate inside the
 * velocity, which differs where the rate changes.
 */
export function sgd({ momentum, nesterov }: SgdSettings): Optimizer {
  return {
    rates: (_, learningRate, weightDecay) => Float32Array.of(learningRate, momentum, weightDecay),
    call: ({ state: [velocity], ...rest }) =>
      kernelCall('update', 'sgd', { ...rest, velocity: velocity!, nesterov }, spreadOver(rest.size)),
  };
}
