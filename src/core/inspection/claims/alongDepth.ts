import type { Claim, LayerMetrics, Verdict } from '../record.ts';
import { type Line, layersAlongDepth, lineOf } from './layers.ts';
import { type Direction, isAbove, trend } from './rules.ts';
import { capital, listed, number, stated, withInterval } from './words.ts';

export type Judgement = Pick<Claim, 'verdict' | 'figures' | 'because'>;

/** The judgement of a claim whose metrics are missing. */
export function notMeasured(why: string): Judgement {
  return { verdict: 'not measured', figures: [], because: why };
}

/**
 * The rule of every claim about a trend, for each of its measures: (a) the last layer is beyond the first, intervals
 * disjoint; (b) fewer than half of the steps between neighbours go the other way beyond the intervals; (c) the change is
 * larger than the untrained network's, intervals disjoint. All of them for all measures: supported. (a) for none: not
 * supported. Anything between: mixed.
 */
export function judgeAlongDepth(lines: readonly Line[], direction: Direction): Judgement {
  const judged = lines.map((line) => trendsOf(line, direction));
  const every = judged.every(({ trained, further }) => trained.moves && trained.steady && further);
  const some = judged.some(({ trained }) => trained.moves);
  const verdict: Verdict = every ? 'supported' : some ? 'mixed' : 'not supported';
  return {
    verdict,
    figures: judged.flatMap(({ line, trained, control }) => [
      ...line.layers.map((layer, i) => ({ label: `${line.name}, ${layer}`, estimate: line.trained[i]! })),
      { label: `${line.name} ${direction} by`, estimate: trained.change },
      { label: `${line.name} ${direction} by, untrained`, estimate: control.change },
    ]),
    because: `${capital(judged.map((one) => inWords(one, direction)).join('; '))}.`,
  };
}

function trendsOf(line: Line, direction: Direction) {
  const trained = trend(line.trained, direction);
  const control = trend(line.untrained, direction);
  return { line, trained, control, further: isAbove(trained.change, control.change) };
}

function inWords({ line, trained, control, further }: ReturnType<typeof trendsOf>, direction: Direction): string {
  const ends = `from ${number(line.trained[0]!.value)} at ${line.layers[0]} to ${number(line.trained.at(-1)!.value)} at ${line.layers.at(-1)}`;
  const falls = direction === 'falls' ? 'a fall' : 'a rise';
  if (!trained.moves) {
    const opposite = trained.change.high < 0 ? `the opposite of ${falls}` : `not a clear ${falls.slice(2)}`;
    return `${line.name} changes ${ends}, ${opposite}`;
  }
  const less = isAbove(control.change, trained.change);
  const doubts = stated(
    !trained.steady && 'half of the steps or more go the other way',
    !further && (less ? 'that is less than untrained' : 'that is not clearly more than untrained'),
  );
  return (
    `${line.name} ${direction} ${ends}, by ${withInterval(trained.change)} against ${withInterval(control.change)} untrained` +
    (doubts.length > 0 ? `, but ${listed(doubts)}` : '')
  );
}

/** The rule above as a sentence for the claim's table. */
export function ruleAlongDepth(measures: string, direction: Direction): string {
  const beyond = direction === 'falls' ? 'below' : 'above';
  return (
    `Supported if ${measures} at the last layer is ${beyond} that at the first, fewer than half of the steps go the other way, ` +
    `and the change is larger than the untrained network's; not supported if it is not ${beyond} its first value at the last layer; ` +
    'mixed otherwise. Only disjoint 95 % intervals count as a difference.'
  );
}

/** "Similarity to the input falls with depth." */
export function closeness({ layers }: { readonly layers: readonly LayerMetrics[] }): Claim {
  const line = lineOf('CKA with the pixels', layersAlongDepth(layers), ({ ckaPixels }) => ckaPixels);
  return {
    id: 'closeness',
    statement: 'Similarity to the input falls with depth: the first layers resemble the image, the last are abstract.',
    measure:
      'Debiased linear CKA of a layer with the pixels, from the first ReLU to the last; if there are fewer than two, from the first layer with weights to the last.',
    control: 'The same network untrained.',
    rule: ruleAlongDepth('CKA with the pixels', 'falls'),
    ...(line
      ? judgeAlongDepth([line], 'falls')
      : notMeasured('CKA with the pixels was not measured at two layers or more.')),
  };
}

/** "Activations become sparser with depth": of ReLU outputs only, since max pooling lowers the zero fraction. */
export function sparseness({ layers }: { readonly layers: readonly LayerMetrics[] }): Claim {
  const afterRelu = layers.filter((layer) => layer.afterRelu);
  const lines = [
    lineOf('zero fraction', afterRelu, ({ zeroFraction }) => zeroFraction),
    lineOf('population sparseness', afterRelu, ({ populationSparseness }) => populationSparseness),
  ].flatMap((line) => line ?? []);
  return {
    id: 'sparseness',
    statement: 'Activations become sparser with depth: in the last layers only a few features are active.',
    measure:
      'Share of zeros, and Treves–Rolls sparseness over units, of ReLU outputs only, since max pooling lowers the share of zeros.',
    control: 'The same network untrained.',
    rule: ruleAlongDepth('each of the two', 'rises'),
    ...(lines.length === 2
      ? judgeAlongDepth(lines, 'rises')
      : notMeasured('Zero fraction and population sparseness were not measured at two ReLU layers or more.')),
  };
}

/**
 * "Deeper layers encode less about the input's pixels." The input itself is not the first layer of the trend: no ten numbers
 * predict the pixels linearly better than the pixels' own leading components, so every layer is below it.
 */
export function pixels({ layers }: { readonly layers: readonly LayerMetrics[] }): Claim {
  const along = layersAlongDepth(layers);
  const sizes = along[0]?.trained.pixelDecoding.map(({ components }) => components) ?? [];
  const lines = sizes.flatMap(
    (size) =>
      lineOf(
        `R² from ${size} components`,
        along,
        ({ pixelDecoding }) => pixelDecoding.find(({ components }) => components === size)?.r2,
      ) ?? [],
  );
  return {
    id: 'pixels',
    statement: "Deeper layers encode less about the input's pixels.",
    measure:
      'Held-out R² of a ridge regression back to the pixels, from the same number of leading principal components of each ReLU (if there are fewer than two, of each layer with weights), since wide layers decode better.',
    control: 'The same network untrained.',
    rule: ruleAlongDepth('R² (from each number of components that every layer has)', 'falls'),
    ...(lines.length > 0
      ? judgeAlongDepth(lines, 'falls')
      : notMeasured('Decoding back to the pixels was not measured at two layers or more.')),
  };
}
