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
  /** Values that the axis must include. */
  readonly least: readonly number[];
  readonly ticks?: NonNullable<ValueAxis['format']>;
}

/** The measures in the page's order; decoding is one for each number of components in the record. */
export function measuresOf(layers: readonly LayerMetrics[]): readonly Measure[] {
  const all = layers.flatMap(({ trained, untrained }) => [...trained.pixelDecoding, ...untrained.pixelDecoding]);
  const sizes = [...new Set(all.map(({ components }) => components))].sort((a, b) => a - b);
  return (Object.keys(table) as MeasureName[]).flatMap((counted): Measure[] => {
    const shared = { format: decimals(3), least: [0, 1], ...table[counted], counted };
    const id = counted.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (counted !== 'pixelDecoding') return [{ ...shared, id, of: (measures) => measures[counted] }];
    return sizes.map((size) => ({
      ...shared,
      id: `${id}-${size}`,
      title: `Pixels from ${size} components`,
      of: ({ pixelDecoding }) => pixelDecoding.find(({ components }) => components === size)?.r2 ?? null,
    }));
  });
}

const trevesRolls: Citation = { name: 'Treves & Rolls 1991', href: 'https://doi.org/10.1088/0954-898X_2_4_004' };
const kornblith: Citation = { name: 'Kornblith et al. 2019', href: 'https://arxiv.org/abs/1905.00414' };

type Description = Omit<Measure, 'id' | 'of' | 'counted' | 'format' | 'least'> &
  Partial<Pick<Measure, 'format' | 'least'>>;

const table: Readonly<Record<MeasureName, Description>> = {
  zeroFraction: {
    title: 'Zero fraction',
    unit: 'share of activations',
    meaning: 'The share of ReLU outputs that are exactly 0.',
    trap: 'max pooling lowers it, so only ReLU outputs are compared',
    source: { name: 'Hu et al. 2016', href: 'https://arxiv.org/abs/1607.03250' },
  },
  populationSparseness: {
    title: 'Population sparseness',
    unit: '0 uniform, 1 single',
    meaning: 'How few of a layer’s units are active for one image: 0 if all are equal, near 1 if one is active alone.',
    trap: 'padding adds zeros, and untrained ReLUs are sparse too: compare the two networks',
    source: trevesRolls,
  },
  lifetimeSparseness: {
    title: 'Lifetime sparseness',
    unit: '0 uniform, 1 single',
    meaning: 'The same sparseness over images: how few of them activate one unit, mean over units.',
    trap: 'it is undefined for dead units, which are left out and counted in the table',
    source: trevesRolls,
  },
  hoyerSparseness: {
    title: 'Hoyer sparseness',
    unit: '0 uniform, 1 single',
    meaning: 'Sparseness over units from the ratio of the L1 to the L2 norm, defined for negative values too.',
    trap: 'a layer before its ReLU has no zeros and is less sparse for that reason alone',
    source: { name: 'Hoyer 2004', href: 'https://www.jmlr.org/papers/v5/hoyer04a.html' },
  },
  effectiveRank: {
    title: 'Effective rank',
    unit: 'dimensions',
    meaning:
      'The number of dimensions of the activations over many images: the exponential of the entropy of the singular values.',
    trap: 'it is bounded by width, sample and projection, so each layer is compared with itself untrained',
    source: { name: 'Roy & Vetterli 2007', href: 'https://ieeexplore.ieee.org/document/7098875' },
    format: decimals(1),
    least: [0],
  },
  participationRatio: {
    title: 'Participation ratio',
    unit: 'dimensions',
    meaning: 'The number of dimensions that share the variance: (Σλ)² ÷ Σλ² of the covariance’s eigenvalues.',
    trap: 'it is dominated by the largest eigenvalues, while the class may be encoded in small ones',
    format: decimals(1),
    least: [0],
  },
  classSelectivity: {
    title: 'Class selectivity',
    unit: '0 uniform, 1 single',
    meaning:
      'The mean activation for a channel’s preferred class compared with that for all others, mean over channels.',
    trap: 'selectivity does not imply importance: see the scatter plots',
    source: { name: 'Morcos et al. 2018', href: 'https://arxiv.org/abs/1803.06959' },
  },
  probeAccuracy: {
    title: 'Linear probe',
    unit: 'test accuracy',
    meaning: 'The test accuracy of a softmax regression on the frozen layer.',
    trap: 'a probe shows what can be decoded from a layer, not what the network uses',
    source: { name: 'Alain & Bengio 2016', href: 'https://arxiv.org/abs/1610.01644' },
    format: percents(1),
    least: [],
    ticks: (share, digits) => percent(share, Math.max(0, digits - 2)),
  },
  pixelDecoding: {
    title: 'Pixels from components',
    unit: 'held-out R²',
    meaning:
      'The share of the pixels’ variance that a ridge regression recovers from the layer’s leading principal components.',
    trap: 'wide layers decode better, so every layer provides the same number of components',
    least: [0],
  },
  ckaPixels: {
    title: 'CKA with the pixels',
    unit: 'debiased linear CKA',
    meaning:
      'The similarity of the layer’s representation to the pixels: 1 equal up to rotation and scaling, 0 unrelated.',
    trap: 'the plain estimate rises with width; this one is debiased and may be slightly below 0',
    source: kornblith,
  },
  ckaLabels: {
    title: 'CKA with the labels',
    unit: 'debiased linear CKA',
    meaning: 'The similarity of the layer’s representation to the one-hot labels.',
    trap: 'the classes differ in their pixels already, so the input is above 0',
    source: kornblith,
  },
};
