import { summarise } from '../../dist/core/graph/summary.js';

/**
 * What every kernel call of the programs is part of, and how much arithmetic it does.
 *
 * Operations an image are two for every multiply-add of the plain definition: a direct convolution over all positions.
 * Winograd's convolution and the backward pass over live positions do fewer, so these are effective rates.
 *
 * @param {import('../../dist/core/graph/network.js').Network} network
 * @param {readonly import('../../dist/core/engine/program.js').Program[]} programs
 * @returns the calls of all programs, one after the other
 */
export function labelCalls(network, programs) {
  const layers = new Map(summarise(network).map((layer) => [layer.name, layer]));
  const convolutions = [...layers.values()].filter(({ type }) => type === 'conv2d').map(({ name }) => name);
  const calls = [];
  for (const program of programs) {
    let backward = false;
    for (const call of program) {
      const { kernel, owner } = call;
      const layer = layers.get(owner);
      const phase = phaseOf(kernel, owner, layer?.type, convolutions.indexOf(owner) + 1, backward);
      const counts = layer !== undefined && arithmetic.test(kernel);
      calls.push({ kernel, owner, phase, operations: counts ? 2 * layer.multiplyAdds : 0 });
      backward ||= kernel === 'crossEntropyBackward';
    }
  }
  return calls;
}

/** The kernels that multiply weights, activations and gradients; lists and sums of biases are not counted. */
const arithmetic = /^conv|^depthwise|^winograd4?$|^denseForward$|Weights$|Input$/;

function phaseOf(kernel, owner, type, number, backward) {
  if (kernel === 'dropoutMask') return 'random numbers';
  // Padding elsewhere than around the pictures is part of the fused group before it.
  if (owner === 'input' || type === 'zeroPadding2d') return 'input';
  if (owner === 'loss' || owner === 'output' || type === 'softmax') return 'loss';
  if (owner === 'update' || /^(pack|unpack|transpose|zeroFill)/.test(kernel)) return 'update';
  if (type === 'dense') return backward ? 'dense backward' : 'dense forward';
  if (type !== 'conv2d') return 'other';
  if (!backward) return `conv${number} forward`;
  // The first layer's input has no gradient, so there is nothing to tell apart.
  if (number === 1) return 'conv1 backward';
  return `conv${number} backward ${/Input/.test(kernel) ? 'input' : 'weights'}`;
}

/** Rows of one phase, or of one kernel of one layer, from the steps' seconds. */
export function summed(steps, key, images) {
  const groups = new Map();
  const total = steps.reduce((sum, { busy, wait }) => sum + busy + wait, 0);
  for (const step of steps) {
    const name = key(step);
    const group = groups.get(name) ?? { name, busy: 0, wait: 0, operations: 0 };
    group.busy += step.busy;
    group.wait += step.wait;
    if (step.busy > 0) group.operations += step.operations;
    groups.set(name, group);
  }
  return [...groups.values()]
    .filter(({ busy }) => busy > 0)
    .map(({ name, busy, wait, operations }) => ({
      name,
      microseconds: (busy / images) * 1e6,
      waiting: (wait / images) * 1e6,
      share: busy / total,
      gigaflops: operations > 0 ? (operations * images) / busy / 1e9 : null,
    }))
    .sort((a, b) => b.microseconds - a.microseconds);
}
