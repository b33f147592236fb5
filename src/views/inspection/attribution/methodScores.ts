import {
  type Against,
  deepestLevel,
  fewestImages,
  type MethodOutcome,
  nearZero,
  outcomeOf,
  passesAll,
} from '../../../core/inspection/attribution/outcome.ts';
import type { MethodScore } from '../../../core/inspection/record.ts';
import { type Html, html } from '../../html.ts';
import { integer, plural } from '../../numbers.ts';
import { scroller } from '../../scroller.ts';
import { roomFor } from '../../svg/axes.ts';
import { intervalPlot } from '../../svg/intervalPlot.ts';
import { layerPlot } from '../../svg/layerPlot.ts';
import { citation } from '../citation.ts';
import { decimals, withInterval } from '../format.ts';
import { methodName, methods, rise, sanityChecks } from './methods.ts';

const format = decimals(3);
const correlationFormat = decimals(2);

/** The attribution methods evaluated on this model: against a random order of pixels, and with randomised weights. */
export function methodScores(scores: readonly MethodScore[]): Html {
  if (scores.length === 0) return html``;
  const deepest = deepestLevel(scores);
  const outcomes = scores.map((score) => ({ score, outcome: outcomeOf(score, deepest) }));
  const highest = Math.max(
    ...scores.flatMap(({ deletion, insertion, randomDeletion, randomInsertion }) =>
      [deletion, insertion, randomDeletion, randomInsertion].map(({ high }) => high),
    ),
  );
  return html`<p>A plausible map need not explain the model, so each method is evaluated on it.
<strong>Deletion</strong> blackens the pixels in the map’s order, highest first; lower is better.
<strong>Insertion</strong> restores them in a black image; higher is better. Both are the mean probability of the class along the way ${citation(rise)}.
A method is better than a random order if the 95 % interval of its gain on the same images is above 0. The <strong>sanity check</strong> randomises the
weights of all layers from the top down and correlates the map with the original one. A method passes if the interval at the last level
is within ±${nearZero} ${citation(sanityChecks)}.</p>
<p>${summary(outcomes)}</p>
<ul class="methods">${outcomes.map(({ score, outcome }) => method(score, outcome, highest))}</ul>
<details><summary>All scores as a table</summary>${table(scores)}</details>`;
}

function method(score: MethodScore, outcome: MethodOutcome | null, highest: number): Html {
  const name = methodName(score);
  const { short, source, warning } = methods[score.method];
  const text = (estimate: MethodScore['deletion']) => withInterval(estimate, format);
  return html`<li class="method"><div><h4>${name}</h4>
<p class="note">${short} ${citation(source)}</p>
${warning && html`<p class="notice">${warning.text} ${citation(warning.source)}</p>`}
<p><strong class="seen">${sentence(outcome)}</strong></p></div>
<div><h5>Deletion and insertion</h5>${intervalPlot({
    description: `${name}: deletion and insertion beside a random order`,
    rows: [
      { label: 'deletion, lower is better', estimate: score.deletion },
      { label: 'deletion, random order', estimate: score.randomDeletion, color: 2 },
      { label: 'insertion, higher is better', estimate: score.insertion },
      { label: 'insertion, random order', estimate: score.randomInsertion, color: 2 },
    ],
    domain: roomFor([highest], [0]),
    text,
  })}<p class="note">Gain over the random order, mean over images: deletion ${text(score.deletionGain)}, insertion ${text(score.insertionGain)}.</p></div>
<div><h5>Sanity check: passed if the last value is in the band</h5>${score.sanity.length > 0 ? sanityPlot(name, score) : html`<p class="note">Not measured.</p>`}</div></li>
`;
}

function sanityPlot(name: string, { sanity }: MethodScore): Html {
  const correlations = sanity.map(({ correlation }) => correlation);
  const last = sanity.at(-1)!;
  return layerPlot({
    description: `${name}: rank correlation of the map with the one after randomising all layers from the top down to each; with all down to ${last.downTo} it is ${withInterval(last.correlation, correlationFormat)}`,
    names: sanity.map(({ downTo }) => downTo),
    series: [{ name, color: 1, values: correlations }],
    y: {
      label: 'rank correlation, randomised down to …',
      domain: roomFor(
        correlations.flatMap(({ low, high }) => [low, high]),
        [-0.25, 1],
      ),
    },
    band: [-nearZero, nearZero],
  });
}

const words: Readonly<Record<Against, string>> = {
  better: 'is better than the random order',
  'no different': 'is no different from the random order',
  worse: 'is worse than the random order',
};

function sentence(outcome: MethodOutcome | null): string {
  if (outcome === null) return 'It was evaluated on too few images for a result.';
  const { deletion, insertion, sane } = outcome;
  const both =
    deletion === insertion
      ? `It ${words[deletion]} for deletion and insertion`
      : `It ${words[deletion]} for deletion and ${words[insertion]} for insertion`;
  const check =
    sane === null
      ? 'its sanity check is undefined, since its maps become constant'
      : sane
        ? 'it passes the sanity check'
        : 'it fails the sanity check';
  return `${both}; ${check}.`;
}

function summary(outcomes: readonly { readonly score: MethodScore; readonly outcome: MethodOutcome | null }[]): string {
  const passing = outcomes.filter(({ outcome }) => outcome && passesAll(outcome));
  const all = `${integer(outcomes.length)} methods and layers, evaluated on ${images(outcomes)}`;
  if (outcomes.every(({ outcome }) => outcome === null)) {
    return `${all}: too few for a result, which takes ${fewestImages}.`;
  }
  if (passing.length === 0) return `Of ${all}, none passes all three checks.`;
  const names = passing.map(({ score }) => methodName(score)).join(', ');
  return passing.length === outcomes.length
    ? `Of ${all}, every one passes all three checks.`
    : `Of ${all}, ${integer(passing.length)} ${passing.length === 1 ? 'passes' : 'pass'} all three checks: ${names}.`;
}

/** "100 images", or "90 to 100 images" where methods were evaluated on different numbers. */
function images(outcomes: readonly { readonly score: MethodScore }[]): string {
  const counts = outcomes.map(({ score }) => score.images);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? plural(most, 'image') : `${integer(least)} to ${plural(most, 'image')}`;
}

function table(scores: readonly MethodScore[]): Html {
  return scroller(
    'All scores of the methods',
    html`<table class="numbers all-numbers"><thead><tr><th scope="col">method</th><th scope="col">images</th>
<th scope="col">deletion</th><th scope="col">random order</th><th scope="col">gain</th><th scope="col">insertion</th><th scope="col">random order</th><th scope="col">gain</th>
<th scope="col" class="text">rank correlation, randomised down to</th><th scope="col">undefined</th></tr></thead><tbody>
${scores.map(
  (score) => html`<tr><th scope="row">${methodName(score)}</th><td>${integer(score.images)}</td>
${[
  score.deletion,
  score.randomDeletion,
  score.deletionGain,
  score.insertion,
  score.randomInsertion,
  score.insertionGain,
].map((estimate) => html`<td>${withInterval(estimate, format)}</td>`)}<td class="text">${
    score.sanity.length === 0
      ? '–'
      : score.sanity.map(
          ({ downTo, correlation }, i) =>
            html`${i > 0 && html`<br>`}${downTo} ${withInterval(correlation, correlationFormat)}`,
        )
  }</td><td>${integer(score.undefinedCases)}</td></tr>
`,
)}</tbody></table>
<p class="note">Value and 95 % interval. Undefined: images with a constant map, for which there is no correlation; they are left out.</p>`,
  );
}
