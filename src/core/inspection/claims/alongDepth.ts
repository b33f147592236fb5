import type { Claim, LayerMetrics, Verdict } from '../record.ts';
import { type Line, layersAlongDepth, lineOf } from './layers.ts';
import { type Direction, isAbove, trend } from './rules.ts';
import { capital, listed, number, stated, withInterval } from './words.ts';

export type Judgement = Pick<Claim, 'verdict' | 'figures' | 'because'>;

/** What a claim is whose figures are missing. */
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
  const judged = lines.map((line) => {
    const trained = trend(line.trained, direction);
    const control = trend(line.untrained, direction);
    return { line, trained, control, further: isAbove(trained.change, control.change) };
  });
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

interface Judged {
  readonly line: Line;
  readonly trained: ReturnType<typeof trend>;
  readonly control: ReturnType<typeof trend>;
  readonly further: boolean;
}

function inWords({ line, trained, control, further }: Judged, direction: Direction): string {
  const ends = `from ${number(line.trained[0]!.value)} at ${line.layers[0]} to ${number(line.trained.at(-1)!.value)} at ${line.layers.at(-1)}`;
  const falls = direction === 'falls' ? 'a fall' : 'a rise';
  if (!trained.moves) {
    const opposite =
      trained.change.high < 0 ? `which is the opposite of ${falls}` : `which is no certain ${falls.slice(2)}`;
    return `${line.name} goes ${ends}, ${opposite}`;
  }
  const less = isAbove(control.change, trained.change);
  const doubts = stated(
    !trained.steady && 'half of the steps or more go the other way',
    !further && (less ? 'that is less than untrained' : 'that is not certainly more than untrained'),
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
    `Supported if ${measures} is ${beyond} at the last layer what it is at the first, fewer than half of the steps go the other way, ` +
    `and the change is larger than the untrained network's; not supported if it does not end ${beyond} where it began; ` +
    'mixed otherwise. Only disjoint 95 % intervals count as a difference.'
  );
}

/** "Closeness to the input falls with depth." */
export function closeness({ layers }: { readonly layers: readonly LayerMetrics[] }): Claim {
  const line = lineOf('CKA with the pixels', layersAlongDepth(layers), ({ ckaPixels }) => ckaPixels);
  return {
    id: 'closeness',
    statement: 'Closeness to the input falls with depth: the first layers keep the picture, the last are abstract.',
    measure:
      'Debiased linear CKA of a layer with the pixels, from the first ReLU to the last; where there are not two, from the first layer with weights to the last.',
    control: 'The same network untrained.',
    rule: ruleAlongDepth('CKA with the pixels', 'falls'),
    ...(line
      ? judgeAlongDepth([line], 'falls')
      : notMeasured('CKA with the pixels was not measured at two layers or more.')),
  };
}

/** "Activations get sparser with depth": ReLU outputs with ReLU outputs, since max pooling lowers the zero fraction. */
export function sparseness({ layers }: { readonly layers: readonly LayerMetrics[] }): Claim {
  const afterRelu = layers.filter((layer) => layer.afterRelu);
  const lines = [
    lineOf('zero fraction', afterRelu, ({ zeroFraction }) => zeroFraction),
    lineOf('population sparseness', afterRelu, ({ populationSparseness }) => populationSparseness),
  ].flatMap((line) => line ?? []);
  return {
    id: 'sparseness',
    statement: 'Activations get sparser with depth: in the last layers only a few features fire.',
    measure:
      'Share of zeros, and Treves–Rolls sparseness over units, of ReLU outputs only: max pooling lowers the share of zeros by itself.',
    control: 'The same network untrained.',
    rule: ruleAlongDepth('each of the two', 'rises'),
    ...(lines.length === 2
      ? judgeAlongDepth(lines, 'rises')
      : notMeasured('Zero fraction and population sparseness were not measured at two ReLU layers or more.')),
  };
}

/**
 * "Deeper layers hold less about the input's pixels." The input itself is no starting point: no ten numbers predict the
 * pixels linearly better than the pixels' own leading components, so anything falls from there.
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
    statement: "Deeper layers hold less about the input's pixels.",
    measure:
      'Held-out R² of a ridge regression back to the pixels, from equally many leading principal components of each ReLU (where there are not two, of each layer with weights): a wide layer decodes better by its width alone.',
    control: 'The same network untrained.',
    rule: ruleAlongDepth('R² (from each number of components that every layer has)', 'falls'),
    ...(lines.length > 0
      ? judgeAlongDepth(lines, 'falls')
      : notMeasured('Decoding back to the pixels was not measured at two layers or more.')),
  };
}
