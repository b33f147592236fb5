import type { Estimate, LayerMeasures, LayerMetrics, MeasureName } from '../../../core/inspection/record.ts';
import { percent } from '../../numbers.ts';
import type { ValueAxis } from '../../svg/axes.ts';
import type { Citation } from '../citation.ts';
import { decimals, type Format, percents } from '../format.ts';

/** A quantity that is measured at every layer. */
export interface Measure {
  /** Unique in the page. */
  readonly id: string;
  readonly title: string;
  /** The label of the axis. */
  readonly unit: string;
  /** What is measured, in a sentence. */
  readonly meaning: string;
  /** A limitation, and how the report deals with it, in a clause. */
  readonly trap: string;
  readonly source?: Citation;
  readonly of: (measures: LayerMeasures) => Estimate | null;
  /** The name under which the record counts undefined cases. */
  readonly counted: MeasureName;
  readonly format: Format;
  /** Values that the axis must reach. */
  readonly least: readonly number[];
  readonly ticks?: NonNullable<ValueAxis['format']>;
}

/** The measures in the page's order. Decoding is one for each number of components that the record has. */
export function measuresOf(layers: readonly LayerMetrics[]): readonly Measure[] {
  const sizes = layers.flatMap(({ trained, untrained }) =>
    [...trained.pixelDecoding, ...untrained.pixelDecoding].map(({ components }) => components),
  );
  const decoding = [...new Set(sizes)].sort((a, b) => a - b).map(pixelDecoding);
  return [...activity, ...dimension, ...aboutClasses, ...decoding, ...closeness];
}

const trevesRolls: Citation = { name: 'Treves & Rolls 1991', href: 'https://doi.org/10.1088/0954-898X_2_4_004' };
const kornblith: Citation = { name: 'Kornblith et al. 2019', href: 'https://arxiv.org/abs/1905.00414' };

const activity: readonly Measure[] = [
  {
    id: 'zero-fraction',
    title: 'Zero fraction',
    unit: 'share of activations',
    meaning: 'The share of ReLU outputs that are exactly 0.',
    trap: 'max pooling lowers it, so only ReLU outputs are compared',
    source: { name: 'Hu et al. 2016', href: 'https://arxiv.org/abs/1607.03250' },
    of: ({ zeroFraction }) => zeroFraction,
    counted: 'zeroFraction',
    format: decimals(3),
    least: [0, 1],
  },
  {
    id: 'population-sparseness',
    title: 'Population sparseness',
    unit: '0 uniform, 1 single',
    meaning: 'How few of a layer’s units are active for one image: 0 if all are equal, near 1 if one is active alone.',
    trap: 'padding adds zeros, and untrained ReLUs are sparse too: compare the two networks',
    source: trevesRolls,
    of: ({ populationSparseness }) => populationSparseness,
    counted: 'populationSparseness',
    format: decimals(3),
    least: [0, 1],
  },
  {
    id: 'lifetime-sparseness',
    title: 'Lifetime sparseness',
    unit: '0 uniform, 1 single',
    meaning: 'The same sparseness over images: how few of them activate one unit, mean over units.',
    trap: 'it is undefined for dead units, which are left out and counted in the table',
    source: trevesRolls,
    of: ({ lifetimeSparseness }) => lifetimeSparseness,
    counted: 'lifetimeSparseness',
    format: decimals(3),
    least: [0, 1],
  },
  {
    id: 'hoyer-sparseness',
    title: 'Hoyer sparseness',
    unit: '0 uniform, 1 single',
    meaning: 'Sparseness over units from the ratio of the L1 to the L2 norm, defined for negative values too.',
    trap: 'a layer before its ReLU has no zeros and is less sparse for that reason alone',
    source: { name: 'Hoyer 2004', href: 'https://www.jmlr.org/papers/v5/hoyer04a.html' },
    of: ({ hoyerSparseness }) => hoyerSparseness,
    counted: 'hoyerSparseness',
    format: decimals(3),
    least: [0, 1],
  },
];

const dimension: readonly Measure[] = [
  {
    id: 'effective-rank',
    title: 'Effective rank',
    unit: 'dimensions',
    meaning:
      'The number of dimensions of the activations over many images: the exponential of the entropy of the singular values.',
    trap: 'it is bounded by width, sample and projection, so each layer is compared with itself untrained',
    source: { name: 'Roy & Vetterli 2007', href: 'https://ieeexplore.ieee.org/document/7098875' },
    of: ({ effectiveRank }) => effectiveRank,
    counted: 'effectiveRank',
    format: decimals(1),
    least: [0],
  },
  {
    id: 'participation-ratio',
    title: 'Participation ratio',
    unit: 'dimensions',
    meaning: 'The number of dimensions that share the variance: (Σλ)² ÷ Σλ² of the covariance’s eigenvalues.',
    trap: 'it is dominated by the largest eigenvalues, while the class may be encoded in small ones',
    of: ({ participationRatio }) => participationRatio,
    counted: 'participationRatio',
    format: decimals(1),
    least: [0],
  },
];

const aboutClasses: readonly Measure[] = [
  {
    id: 'class-selectivity',
    title: 'Class selectivity',
    unit: '0 uniform, 1 single',
    meaning:
      'The mean activation for a channel’s preferred class compared with that for all others, mean over channels.',
    trap: 'selectivity does not imply importance: see the scatter plots',
    source: { name: 'Morcos et al. 2018', href: 'https://arxiv.org/abs/1803.06959' },
    of: ({ classSelectivity }) => classSelectivity,
    counted: 'classSelectivity',
    format: decimals(3),
    least: [0, 1],
  },
  {
    id: 'probe-accuracy',
    title: 'Linear probe',
    unit: 'test accuracy',
    meaning: 'The test accuracy of a softmax regression on the frozen layer.',
    trap: 'a probe shows what can be decoded from a layer, not what the network uses',
    source: { name: 'Alain & Bengio 2016', href: 'https://arxiv.org/abs/1610.01644' },
    of: ({ probeAccuracy }) => probeAccuracy,
    counted: 'probeAccuracy',
    format: percents(1),
    least: [],
    ticks: (share, digits) => percent(share, Math.max(0, digits - 2)),
  },
];

function pixelDecoding(components: number): Measure {
  return {
    id: `pixel-decoding-${components}`,
    title: `Pixels from ${components} components`,
    unit: 'held-out R²',
    meaning: `The share of the pixels’ variance that a ridge regression recovers from the layer’s ${components} leading principal components.`,
    trap: 'wide layers decode better, so every layer provides the same number of components',
    of: ({ pixelDecoding }) => pixelDecoding.find((one) => one.components === components)?.r2 ?? null,
    counted: 'pixelDecoding',
    format: decimals(3),
    least: [0],
  };
}

const closeness: readonly Measure[] = [
  {
    id: 'cka-pixels',
    title: 'CKA with the pixels',
    unit: 'debiased linear CKA',
    meaning:
      'The similarity of the layer’s representation to the pixels: 1 equal up to rotation and scaling, 0 unrelated.',
    trap: 'the plain estimate rises with width; this one is debiased and may be slightly below 0',
    source: kornblith,
    of: ({ ckaPixels }) => ckaPixels,
    counted: 'ckaPixels',
    format: decimals(3),
    least: [0, 1],
  },
  {
    id: 'cka-labels',
    title: 'CKA with the labels',
    unit: 'debiased linear CKA',
    meaning: 'The similarity of the layer’s representation to the one-hot labels.',
    trap: 'the classes differ in their pixels already, so the input is above 0',
    source: kornblith,
    of: ({ ckaLabels }) => ckaLabels,
    counted: 'ckaLabels',
    format: decimals(3),
    least: [0, 1],
  },
];
