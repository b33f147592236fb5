import type { Dataset } from '../data/images.ts';
import { mapFigures } from './maps.ts';
import type { DoPiece } from './pieces.ts';
import type { WholeProgress } from './progress.ts';
import type { InspectionRecord } from './record.ts';

export interface OnDataOptions {
  readonly data: Dataset;
  readonly seed: number;
  readonly quick: boolean;
  readonly doPiece: DoPiece;
  readonly progress: WholeProgress<'representations' | 'removal' | 'activations' | 'decisive'>;
}

/** The figures that need a data set. */
export type OnData = Pick<InspectionRecord, 'layers' | 'cka' | 'maps' | 'decisiveUnits'> & {
  readonly samples: NonNullable<InspectionRecord['samples']>;
  readonly testAccuracy: number;
};

/** Measures layers, maps and units on the data set, trained and untrained. */
export async function measureOnData({ data, seed, quick, doPiece, progress }: OnDataOptions): Promise<OnData> {
  const onTest = { set: data.test, seed, quick };
  // The longest first: the others then fill what time is left beside them.
  const [representations, removal, activations, decisive] = await Promise.all([
    progress.during('representations', (tell) => doPiece('representations', { data, seed, quick }, tell)),
    progress.during('removal', (tell) => doPiece('removal', onTest, tell)),
    progress.during('activations', (tell) => doPiece('activations', onTest, tell)),
    progress.during('decisive', (tell) => doPiece('decisive', onTest, tell)),
  ]);
  return {
    testAccuracy: activations.testAccuracy,
    samples: {
      ...representations.samples,
      ...{ seed, testImages: activations.images, removalImages: removal.images },
    },
    layers: activations.layers.map(({ depth, trained, untrained }) => {
      const { layer, nonNegative, afterRelu } = depth;
      return {
        ...{ layer: layer.name, type: layer.spec.type, outputShape: layer.outputShape, nonNegative, afterRelu },
        trained: joined(trained, representations.trained.get(layer.name)!),
        untrained: joined(untrained, representations.untrained.get(layer.name)!),
      };
    }),
    cka: representations.cka,
    maps: mapFigures(activations.maps, removal.maps),
    decisiveUnits: decisive,
  };
}

interface WithUndefined {
  readonly undefinedCases: object;
}

/** The measures of one layer from both sources. */
function joined<A extends WithUndefined, B extends WithUndefined>(a: A, b: B) {
  return { ...a, ...b, undefinedCases: { ...a.undefinedCases, ...b.undefinedCases } };
}
