import { mapMetrics } from './analyses/maps.ts';
import type { InspectionRecord } from './record.ts';
import type { TaskResults } from './tasks.ts';

/** The metrics that need a data set. */
export type OnData = Pick<InspectionRecord, 'layers' | 'cka' | 'maps' | 'decisiveUnits'> & {
  readonly samples: NonNullable<InspectionRecord['samples']>;
  readonly testAccuracy: number;
};

/** Joins the tasks' results on layers, maps and units, trained and untrained. */
export function metricsOnData(results: Omit<TaskResults, 'attribution'>, seed: number): OnData {
  const { activations, sufficientUnits, ablation, representations } = results;
  return {
    testAccuracy: activations.testAccuracy,
    samples: {
      ...representations.samples,
      seed,
      testImages: activations.images,
      removalImages: ablation.images,
    },
    layers: activations.layers.map(({ depth, trained, untrained }) => {
      const { layer, nonNegative, afterRelu } = depth;
      return {
        layer: layer.name,
        type: layer.spec.type,
        outputShape: layer.outputShape,
        parameters: layer.parameters.reduce((sum, { size }) => sum + size, 0),
        nonNegative,
        afterRelu,
        trained: joined(trained, representations.trained.get(layer.name)!),
        untrained: joined(untrained, representations.untrained.get(layer.name)!),
      };
    }),
    cka: representations.cka,
    maps: mapMetrics(activations.maps, ablation.maps),
    decisiveUnits: sufficientUnits,
  };
}

interface WithUndefined {
  readonly undefinedCases: object;
}

/** The measures of one layer from two analyses. */
function joined<A extends WithUndefined, B extends WithUndefined>(a: A, b: B) {
  return { ...a, ...b, undefinedCases: { ...a.undefinedCases, ...b.undefinedCases } };
}
