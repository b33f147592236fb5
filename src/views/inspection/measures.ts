import type { Estimate, LayerMeasures, LayerMetrics, MeasureName } from '../../core/inspection/record.ts';
import { percent } from '../numbers.ts';
import type { ValueAxis } from '../svg/axes.ts';
import { decimals, type Format, percents } from './estimates.ts';
import type { Citation } from './methods.ts';

/** One quantity that is measured at every layer, and what to know of it. */
export interface Measure {
  /** Unique in the page. */
  readonly id: string;
  readonly title: string;
  /** What the axis counts. */
  readonly unit: string;
  /** What is measured, in a sentence. */
  readonly meaning: string;
  /** How the figure misleads, and what is done about it, in a clause. */
  readonly trap: string;
  readonly source?: Citation;
  readonly of: (measures: LayerMeasures) => Estimate | null;
  /** Under which name the record counts its undefined cases. */
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
    meaning: 'The share of activations that are exactly 0, behind ReLUs.',
    trap: 'max pooling lowers it by itself, so ReLU outputs are compared with ReLU outputs only',
    source: { name: 'Hu et al. 2016', href: 'https://arxiv.org/abs/1607.03250' },
    of: ({ zeroFraction }) => zeroFraction,
    counted: 'zeroFraction',
    format: decimals(3),
    least: [0, 1],
  },
  {
    id: 'population-sparseness',
    title: 'Population sparseness',
    unit: '0 all alike, 1 one alone',
    meaning: 'How few of a layer’s units carry one picture: 0 where all fire alike, near 1 where one fires alone.',
    trap: 'padding adds zeros, and an untrained ReLU is sparse too, so only the gap between the lines is learnt',
    source: trevesRolls,
    of: ({ populationSparseness }) => populationSparseness,
    counted: 'populationSparseness',
    format: decimals(3),
    least: [0, 1],
  },
  {
    id: 'lifetime-sparseness',
    title: 'Lifetime sparseness',
    unit: '0 all alike, 1 one alone',
    meaning: 'The same sparseness over pictures: how few of them excite one unit, mean over units.',
    trap: 'a unit that never fires has none: it is left out and counted in the table',
    source: trevesRolls,
    of: ({ lifetimeSparseness }) => lifetimeSparseness,
    counted: 'lifetimeSparseness',
    format: decimals(3),
    least: [0, 1],
  },
  {
    id: 'hoyer-sparseness',
    title: 'Hoyer sparseness',
    unit: '0 all alike, 1 one alone',
    meaning: 'Sparseness over units from the ratio of two norms, so it takes negative values too.',
    trap: 'a layer ahead of its ReLU has no zeros and looks dense for that alone',
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
    meaning: 'How many directions the activations of many pictures use, by the entropy of the singular values.',
    trap: 'width, sample and projection bound it, so a layer is compared with itself untrained',
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
    meaning: 'How many directions share the variance, (Σλ)² ÷ Σλ² of the covariance’s eigenvalues.',
    trap: 'a few strong directions rule it, and the class may lie in a weak one',
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
    unit: '0 all alike, 1 one alone',
    meaning: 'How far a channel prefers its favourite class to all others, mean over channels.',
    trap: 'selectivity is not importance: the scatter plots set it against the accuracy lost',
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
    meaning: 'How often a softmax regression on the frozen layer finds the class of a test image.',
    trap: 'a probe shows what can be read from a layer, not what the network uses',
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
    meaning: `How much of the picture a ridge regression rebuilds from the layer’s ${components} leading principal components: 1 is all of its variance.`,
    trap: 'a wide layer decodes better by its width alone, so all layers give equally many components',
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
      'How far pictures that are alike by their pixels are alike in the layer: 1 the same geometry, 0 unrelated.',
    trap: 'the plain estimate rises with width; this one is debiased and may come out just below 0',
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
    meaning:
      'How far pictures of one class are alike in the layer and unlike all others: 1 would be the labels themselves.',
    trap: 'the clothes differ by their pixels already, so the first value is no 0 to start from',
    source: kornblith,
    of: ({ ckaLabels }) => ckaLabels,
    counted: 'ckaLabels',
    format: decimals(3),
    least: [0, 1],
  },
];
