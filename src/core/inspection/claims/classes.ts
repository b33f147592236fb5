import type { Claim, Estimate, LayerMetrics } from '../record.ts';
import { type Judgement, notMeasured } from './alongDepth.ts';
import { layersWithWeights } from './layers.ts';
import { isAbove, trend } from './rules.ts';
import { listed, stated, withInterval } from './words.ts';

/**
 * "Deeper layers encode more about the class." A probe can decode classes from random features, and from those of a network
 * trained on shuffled labels; the last hidden layer and the output layer must both exceed the pixels and the untrained
 * network.
 */
export function classes({ layers }: { readonly layers: readonly LayerMetrics[] }): Claim {
  return {
    id: 'classes',
    statement: 'Deeper layers encode more about the class.',
    measure: 'Test accuracy of a linear probe: a softmax regression on the frozen layer.',
    control: 'A probe on the pixels, and probes on the same network untrained.',
    rule:
      "Supported if probes on the last hidden layer and on the last layer with weights each exceed the pixels' probe and the same layer's probe in the untrained network, " +
      "and fewer than half of the steps from the pixels to the last hidden layer go down; not supported if the last hidden layer's probe does not exceed the pixels'; " +
      'mixed otherwise. Only disjoint 95 % intervals count as a difference.',
    ...judge(layers),
  };
}

function judge(layers: readonly LayerMetrics[]): Judgement {
  const withWeights = layersWithWeights(layers);
  const [input] = layers;
  const output = withWeights.at(-1);
  // A ReLU behind the output layer is not a hidden layer.
  const afterRelu = layers.slice(0, output && layers.indexOf(output)).filter((layer) => layer.afterRelu);
  const hidden = afterRelu.length > 0 ? afterRelu : withWeights.slice(0, -1);
  const last = hidden.at(-1);
  if (!last || !output) return notMeasured('There is no hidden layer to probe.');
  const probes = {
    input: input?.trained.probeAccuracy,
    last: last.trained.probeAccuracy,
    lastUntrained: last.untrained.probeAccuracy,
    output: output.trained.probeAccuracy,
    outputUntrained: output.untrained.probeAccuracy,
  };
  const along = hidden.map(({ trained }) => trained.probeAccuracy);
  if (!areMeasured(probes) || along.includes(null)) {
    return notMeasured('Probes were not measured at the pixels and at every hidden layer.');
  }
  const { moves, steady } = trend([probes.input, ...(along as Estimate[])], 'rises');
  const doubts = stated(
    !steady && 'half of the steps or more go down',
    !isAbove(probes.last, probes.lastUntrained) &&
      `the untrained network's ${last.layer} reaches ${withInterval(probes.lastUntrained)}`,
    !isAbove(probes.output, probes.input) &&
      `the output layer ${output.layer} reaches ${withInterval(probes.output)}, no more than the pixels`,
    !isAbove(probes.output, probes.outputUntrained) &&
      `the untrained network's ${output.layer} reaches ${withInterval(probes.outputUntrained)}`,
  );
  const numbers = `probe accuracy ${withInterval(probes.last)} on ${last.layer}, ${withInterval(probes.input)} on the pixels`;
  const untrained = `${withInterval(probes.lastUntrained)} on the untrained network's ${last.layer}`;
  return {
    verdict: !moves ? 'not supported' : doubts.length === 0 ? 'supported' : 'mixed',
    figures: [
      { label: 'pixels', estimate: probes.input },
      ...hidden.map(({ layer }, i) => ({ label: layer, estimate: along[i]! })),
      { label: output.layer, estimate: probes.output },
      { label: `${last.layer}, untrained`, estimate: probes.lastUntrained },
      { label: `${output.layer}, untrained`, estimate: probes.outputUntrained },
    ],
    because: !moves
      ? `The last hidden layer does not exceed the pixels: ${numbers}.`
      : doubts.length === 0
        ? `The last hidden layer exceeds the pixels and the untrained network: ${numbers}, ${untrained}.`
        : `The last hidden layer exceeds the pixels (${numbers}), but ${listed(doubts)}.`,
  };
}

function areMeasured<K extends string>(
  estimates: Record<K, Estimate | null | undefined>,
): estimates is Record<K, Estimate> {
  return Object.values(estimates).every((estimate) => estimate);
}
