import { describe, expect, it } from 'vitest';
import type {
  ClaimId,
  Estimate,
  FilterMetrics,
  LayerMeasures,
  LayerMetrics,
  SampleSizes,
  SufficientUnits,
} from '../record.ts';
import { type ClaimMetrics, deriveClaims } from './claims.ts';
import { overSeeds } from './overSeeds.ts';

const about = (value: number, half = 0.01): Estimate => ({ value, low: value - half, high: value + half });

const nothing: LayerMeasures = {
  zeroFraction: null,
  populationSparseness: null,
  lifetimeSparseness: null,
  hoyerSparseness: null,
  classSelectivity: null,
  effectiveRank: null,
  participationRatio: null,
  probeAccuracy: null,
  pixelDecoding: [],
  ckaPixels: null,
  ckaLabels: null,
  undefinedCases: {},
};

type Kind = 'input' | 'conv2d' | 'relu' | 'maxPooling2d' | 'dense' | 'softmax';

function layer(
  name: string,
  type: Kind,
  trained: Partial<LayerMeasures> = {},
  untrained: Partial<LayerMeasures> = {},
): LayerMetrics {
  return {
    layer: name,
    type,
    outputShape: [4],
    parameters: type === 'conv2d' || type === 'dense' ? 20 : 0,
    nonNegative: type !== 'conv2d' && type !== 'dense',
    afterRelu: type === 'relu',
    trained: { ...nothing, ...trained },
    untrained: { ...nothing, ...untrained },
  };
}

const samples: SampleSizes = {
  ...{ seed: 0, testImages: 10000, removalImages: 10000, fitImages: 2500, scoreImages: 2000, similarityImages: 2000 },
  ...{ projectedTo: 512, rankProjectedTo: 256 },
};

const absent: ClaimMetrics = { samples, layers: [], decisiveUnits: null, filters: null };

function verdictOf(id: ClaimId, figures: Partial<ClaimMetrics>) {
  const claim = deriveClaims({ ...absent, ...figures }).find((one) => one.id === id)!;
  expect(claim.because).toMatch(/^[A-Z][^\n]*\.$/);
  expect(claim.because).not.toMatch(/NaN|undefined|null/);
  expect(claim.figures.length > 0).toBe(claim.verdict !== 'not measured');
  return claim.verdict;
}

/** Layers with ReLUs, at which one measure takes the values given. */
function along(
  measure: (value: number) => Partial<LayerMeasures>,
  trained: readonly number[],
  untrained: readonly number[],
): { layers: LayerMetrics[] } {
  return {
    layers: trained.map((value, i) => layer(`relu_${i + 1}`, 'relu', measure(value), measure(untrained[i]!))),
  };
}

it('gives six claims, not measured where there are no figures', () => {
  const claims = deriveClaims(absent);
  expect(claims.map(({ id }) => id)).toEqual(['closeness', 'sparseness', 'pixels', 'classes', 'fewUnits', 'edges']);
  expect(new Set(claims.map(({ verdict }) => verdict))).toEqual(new Set(['not measured']));
});

it('gives no verdict on fewer than 30 test images, however narrow their intervals, nor on fewer than 4 filters', () => {
  const falling = along((value) => ({ ckaPixels: about(value, 0) }), [0.9, 0.6, 0.3], [0.9, 0.85, 0.8]);
  const on = (images: number) =>
    verdictOf('closeness', { ...falling, samples: { ...samples, testImages: images, scoreImages: images } });
  expect([on(1), on(29), on(30)]).toEqual(['not measured', 'not measured', 'supported']);
  expect(verdictOf('closeness', { ...falling, samples: null })).toBe('not measured');
  const of = (edge: number) => ({ flat: about(0.1, 0), edge: about(edge, 0), texture: about(0.9 - edge, 0) });
  const edges = (filters: number) =>
    verdictOf('edges', {
      filters: { layer: 'conv2d_1', filters, trained: of(0.5), untrained: of(0.2) },
      samples: null,
    });
  expect([edges(1), edges(3), edges(4)]).toEqual(['not measured', 'not measured', 'supported']);
});

describe('closeness to the input falls with depth', () => {
  const cka = (trained: number[], untrained: number[]) =>
    verdictOf(
      'closeness',
      along((value) => ({ ckaPixels: about(value) }), trained, untrained),
    );

  it('supported where it falls, and further than untrained', () => {
    expect(cka([0.9, 0.6, 0.3], [0.9, 0.85, 0.8])).toBe('supported');
  });
  it('mixed where the untrained network falls as far', () => {
    expect(cka([0.9, 0.6, 0.3], [0.9, 0.6, 0.3])).toBe('mixed');
  });
  it('is judged at two ReLUs, whatever the layers with weights do', () => {
    const at = (name: string, type: Kind, value: number) =>
      layer(name, type, { ckaPixels: about(value) }, { ckaPixels: about(0.8) });
    const convolutions = [at('conv2d_1', 'conv2d', 0.3), at('conv2d_2', 'conv2d', 0.9)] as const;
    const layers = [convolutions[0], at('relu_1', 'relu', 0.9), convolutions[1], at('relu_2', 'relu', 0.3)];
    expect(verdictOf('closeness', { layers })).toBe('supported');
    expect(verdictOf('closeness', { layers: [...convolutions] })).toBe('not supported');
  });
  it('mixed where half of the steps rise', () => {
    expect(cka([0.6, 0.9, 0.3], [0.9, 0.85, 0.8])).toBe('mixed');
  });
  it('not supported where it rises, or stays within the intervals', () => {
    expect(cka([0.3, 0.6, 0.9], [0.9, 0.85, 0.8])).toBe('not supported');
    expect(cka([0.5, 0.5, 0.49], [0.1, 0.2, 0.3])).toBe('not supported');
  });
  it('takes layers with weights where there are not two ReLUs', () => {
    const layers = [
      layer('dense_1', 'dense', { ckaPixels: about(0.9) }, { ckaPixels: about(0.9) }),
      layer('relu_1', 'relu', { ckaPixels: about(0.8) }, { ckaPixels: about(0.9) }),
      layer('dense_2', 'dense', { ckaPixels: about(0.3) }, { ckaPixels: about(0.8) }),
    ];
    expect(verdictOf('closeness', { layers })).toBe('supported');
    expect(verdictOf('closeness', { layers: layers.slice(0, 2) })).toBe('not measured');
  });
});

describe('activations get sparser with depth', () => {
  const sparse = (trained: number[], untrained: number[], population = trained) => ({
    layers: trained.map((value, i) =>
      layer(
        `relu_${i + 1}`,
        'relu',
        { zeroFraction: about(value), populationSparseness: about(population[i]!) },
        { zeroFraction: about(untrained[i]!), populationSparseness: about(untrained[i]!) },
      ),
    ),
  });

  it('supported where both measures rise, and further than untrained', () => {
    expect(verdictOf('sparseness', sparse([0.4, 0.6, 0.8], [0.5, 0.5, 0.5]))).toBe('supported');
  });
  it('mixed where only one of them rises, or the untrained network does as much', () => {
    expect(verdictOf('sparseness', sparse([0.4, 0.6, 0.8], [0.5, 0.5, 0.5], [0.8, 0.6, 0.4]))).toBe('mixed');
    expect(verdictOf('sparseness', sparse([0.4, 0.6, 0.8], [0.3, 0.5, 0.7]))).toBe('mixed');
  });
  it('not supported where neither rises', () => {
    expect(verdictOf('sparseness', sparse([0.8, 0.6, 0.4], [0.5, 0.5, 0.5]))).toBe('not supported');
  });
  it('passes over pooling, which lowers the share of zeros', () => {
    const { layers } = sparse([0.4, 0.8], [0.5, 0.5]);
    const pooled = layer(
      'pool',
      'maxPooling2d',
      { zeroFraction: about(0.1), populationSparseness: about(0.1) },
      { zeroFraction: about(0.5), populationSparseness: about(0.5) },
    );
    expect(verdictOf('sparseness', { layers: [...layers, pooled] })).toBe('supported');
    expect(verdictOf('sparseness', { layers: [layers[0]!, pooled] })).toBe('not measured');
  });
});

describe("deeper layers hold less about the input's pixels", () => {
  const decoding = (at10: number[], at100: number[], untrained: number[]) => ({
    layers: at10.map((value, i) => {
      const both = (ten: number, hundred: number) => ({
        pixelDecoding: [
          { components: 10, r2: about(ten) },
          { components: 100, r2: about(hundred) },
        ],
      });
      return layer(`relu_${i + 1}`, 'relu', both(value, at100[i]!), both(untrained[i]!, untrained[i]!));
    }),
  });

  it('supported where R² falls at both dimensions, and further than untrained', () => {
    expect(verdictOf('pixels', decoding([0.7, 0.5, 0.3], [0.9, 0.7, 0.5], [0.8, 0.8, 0.8]))).toBe('supported');
  });
  it('mixed where it falls at one of them, or untrained as far', () => {
    expect(verdictOf('pixels', decoding([0.7, 0.5, 0.3], [0.5, 0.7, 0.9], [0.8, 0.8, 0.8]))).toBe('mixed');
    expect(verdictOf('pixels', decoding([0.7, 0.5, 0.3], [0.7, 0.5, 0.3], [0.7, 0.5, 0.3]))).toBe('mixed');
  });
  it('not supported where it rises at both', () => {
    expect(verdictOf('pixels', decoding([0.3, 0.5, 0.7], [0.5, 0.7, 0.9], [0.8, 0.8, 0.8]))).toBe('not supported');
  });
  it('compares at the dimensions that every layer has', () => {
    const { layers } = decoding([0.7, 0.5, 0.3], [0.5, 0.7, 0.9], [0.8, 0.8, 0.8]);
    const small = ({ trained, untrained, ...rest }: LayerMetrics): LayerMetrics => ({
      ...rest,
      trained: { ...trained, pixelDecoding: trained.pixelDecoding.slice(0, 1) },
      untrained: { ...untrained, pixelDecoding: untrained.pixelDecoding.slice(0, 1) },
    });
    expect(verdictOf('pixels', { layers: [...layers.slice(0, 2), small(layers[2]!)] })).toBe('supported');
  });
});

describe('deeper layers hold more about the class', () => {
  /** Probe accuracies of pixels, two ReLUs and the last dense layer. */
  const probes = (trained: number[], untrained: number[], half = 0.01) => {
    const at = (values: number[], i: number) => ({ probeAccuracy: about(values[i]!, half) });
    const types = ['input', 'relu', 'relu', 'dense'] as const;
    return { layers: types.map((type, i) => layer(`${type}_${i}`, type, at(trained, i), at(untrained, i))) };
  };
  const untrained = [0.84, 0.86, 0.82, 0.6];

  it('supported where the last layers beat the pixels and the untrained network', () => {
    expect(verdictOf('classes', probes([0.84, 0.88, 0.92, 0.92], untrained))).toBe('supported');
  });
  it('mixed for the untrained network itself, even where random features beat the pixels', () => {
    const random = [0.84, 0.88, 0.92, 0.92];
    expect(verdictOf('classes', probes(random, random))).toBe('mixed');
    expect(verdictOf('classes', probes(untrained, untrained))).toBe('not supported');
  });
  it('mixed where the answers themselves hold less than the pixels: shuffled labels with useful features', () => {
    expect(verdictOf('classes', probes([0.84, 0.88, 0.92, 0.5], untrained))).toBe('mixed');
  });
  it('mixed where half of the steps go down', () => {
    expect(verdictOf('classes', probes([0.84, 0.81, 0.92, 0.92], untrained))).toBe('mixed');
  });
  it('not supported where the last hidden layer does not beat the pixels: shuffled labels', () => {
    expect(verdictOf('classes', probes([0.84, 0.8, 0.6, 0.3], untrained))).toBe('not supported');
    expect(verdictOf('classes', probes([0.84, 0.88, 0.92, 0.92], untrained, 0.1))).toBe('not supported');
  });
  it('takes no ReLU behind the layer that answers for a hidden one', () => {
    const { layers } = probes([0.84, 0.88, 0.92, 0.92], untrained);
    const behind = layer('relu_4', 'relu', { probeAccuracy: about(0.99) }, { probeAccuracy: about(0.99) });
    expect(verdictOf('classes', { layers: [...layers, behind] })).toBe('supported');
    expect(verdictOf('classes', { layers: [layers[0]!, layers[3]!, behind] })).toBe('not measured');
  });
  it('not measured without a hidden layer, or with a probe missing', () => {
    const { layers } = probes([0.84, 0.88, 0.92, 0.92], untrained);
    expect(verdictOf('classes', { layers: [layers[0]!, layers[3]!] })).toBe('not measured');
    expect(verdictOf('classes', { layers: [layers[0]!, layer('relu', 'relu'), ...layers.slice(2)] })).toBe(
      'not measured',
    );
  });
});

describe('a few units decide', () => {
  const shares = (ranked: number, random: number, untrainedRanked: number): { decisiveUnits: SufficientUnits } => ({
    decisiveUnits: {
      layer: 'relu_3',
      units: 128,
      ranked: about(ranked, 0.005),
      random: about(random),
      untrainedRanked: about(untrainedRanked),
    },
  });

  it.each([
    ['supported', 'at most 0.10, below random order and untrained', [0.05, 0.5, 0.2]],
    ['mixed', 'below random order only', [0.3, 0.5, 0.2]],
    ['mixed', 'more than 0.10, though below both', [0.3, 0.5, 0.6]],
    ['mixed', 'few in any order', [0.05, 0.05, 0.2]],
    ['mixed', 'as few untrained', [0.05, 0.5, 0.05]],
    ['not supported', 'many, in any order', [0.5, 0.5, 0.6]],
    ['mixed', 'an interval that reaches beyond 0.10', [0.098, 0.5, 0.2]],
  ] as const)('%s: %s', (verdict, _, [ranked, random, untrained]) => {
    expect(verdictOf('fewUnits', shares(ranked, random, untrained))).toBe(verdict);
  });
});

describe("the first layer's filters", () => {
  const shares = (flat: number, edge: number, untrained: readonly [number, number]): { filters: FilterMetrics } => {
    const of = (f: number, e: number) => ({ flat: about(f), edge: about(e), texture: about(1 - f - e) });
    return { filters: { layer: 'conv2d_1', filters: 32, trained: of(flat, edge), untrained: of(...untrained) } };
  };
  const random = [0.11, 0.22] as const;

  it.each([
    ['supported', 'more edge than by chance, and not flat', [0.2, 0.5]],
    ['mixed', 'more edge than by chance, but flat', [0.6, 0.35]],
    ['mixed', 'more texture than by chance only', [0.05, 0.1]],
    ['not supported', 'as random as untrained', [0.11, 0.22]],
    ['not supported', 'flat', [0.8, 0.1]],
  ] as const)('%s: %s', (verdict, _, [flat, edge]) => {
    expect(verdictOf('edges', shares(flat, edge, random))).toBe(verdict);
  });
});

it('counts verdicts over several models', () => {
  const model = (trained: number[]) =>
    deriveClaims({
      ...absent,
      ...along((value) => ({ ckaPixels: about(value) }), trained, [0.9, 0.85, 0.8]),
    });
  const joint = overSeeds([
    { model: 'a', claims: model([0.9, 0.6, 0.3]) },
    { model: 'b', claims: model([0.3, 0.6, 0.9]) },
    { model: 'c', claims: model([0.9, 0.5, 0.2]) },
  ]);
  expect(joint[0]).toMatchObject({
    id: 'closeness',
    joint: 'supported in 2 of 3, not supported in 1 of 3',
    verdicts: [
      { model: 'a', verdict: 'supported' },
      { model: 'b', verdict: 'not supported' },
      { model: 'c', verdict: 'supported' },
    ],
  });
  expect(joint[1]!.joint).toBe('not measured in 3 of 3');
});
