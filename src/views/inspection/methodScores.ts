import type { MethodScore } from '../../core/inspection/record.ts';
import { type Html, html } from '../html.ts';
import { integer, plural } from '../numbers.ts';
import { scroller } from '../scroller.ts';
import { roomFor } from '../svg/axes.ts';
import { intervalPlot } from '../svg/intervalPlot.ts';
import { layerPlot } from '../svg/layerPlot.ts';
import { citation } from './citation.ts';
import { decimals, withInterval } from './estimates.ts';
import { type Against, deepestLevel, fewestImages, type MethodOutcome, nearZero, outcomeOf } from './methodOutcome.ts';
import { methodName, methods, rise, sanityChecks } from './methods.ts';

const format = decimals(3);
const correlationFormat = decimals(2);

/** How well every attribution method does on this model: against a random order, and with randomised weights. */
export function methodScores(scores: readonly MethodScore[]): Html {
  if (scores.length === 0) return html``;
  const deepest = deepestLevel(scores);
  const outcomes = scores.map((score) => ({ score, outcome: outcomeOf(score, deepest) }));
  const highest = Math.max(
    ...scores.flatMap(({ deletion, insertion, randomDeletion, randomInsertion }) =>
      [deletion, insertion, randomDeletion, randomInsertion].map(({ high }) => high),
    ),
  );
  return html`<p>A map can look convincing and explain nothing, so each method is tried on this model.
<strong>Deletion</strong> blackens the pixels that a map ranks highest first, and lower is better: the class should go with them.
<strong>Insertion</strong> brings them into a black picture first, and higher is better. Both are the mean probability of the class on the way ${citation(rise)},
and a method beats the random order where the gain over it on the same images has a 95 % interval above 0. The <strong>sanity check</strong> gives the layers random
weights, from the top down, and compares the map with the one before: a method that explains the model must come near 0. It passes where
the last interval lies within ±${nearZero} ${citation(sanityChecks)}.</p>
<p>${inShort(outcomes)}</p>
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
  })}<p class="note">Gain over the random order, image by image: deletion ${text(score.deletionGain)}, insertion ${text(score.insertionGain)}.</p></div>
<div><h5>Sanity check: passed if it ends in the band</h5>${score.sanity.length > 0 ? sanityPlot(name, score) : html`<p class="note">Not measured.</p>`}</div></li>
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
  better: 'beats the random order',
  'no different': 'is no different from the random order',
  worse: 'is worse than the random order',
};

function sentence(outcome: MethodOutcome | null): string {
  if (outcome === null) return 'It was tried on too few images to judge it.';
  const { deletion, insertion, sane } = outcome;
  const both =
    deletion === insertion
      ? `It ${words[deletion]} at deletion and at insertion`
      : `It ${words[deletion]} at deletion and ${words[insertion]} at insertion`;
  const check =
    sane === null
      ? 'its sanity check is undefined, since its maps turn constant'
      : sane
        ? 'it passes the sanity check'
        : 'it fails the sanity check';
  return `${both}; ${check}.`;
}

function inShort(outcomes: readonly { readonly score: MethodScore; readonly outcome: MethodOutcome | null }[]): string {
  const passing = outcomes.filter(
    ({ outcome }) => outcome?.deletion === 'better' && outcome.insertion === 'better' && outcome.sane === true,
  );
  const all = `${integer(outcomes.length)} methods and places, tried on ${images(outcomes)}`;
  if (outcomes.every(({ outcome }) => outcome === null)) {
    return `${all}: too few to judge any, which takes ${fewestImages}.`;
  }
  if (passing.length === 0) return `Of ${all}, none passes all three here.`;
  const names = passing.map(({ score }) => methodName(score)).join(', ');
  return passing.length === outcomes.length
    ? `Of ${all}, every one passes all three here.`
    : `Of ${all}, ${integer(passing.length)} ${passing.length === 1 ? 'passes' : 'pass'} all three here: ${names}.`;
}

/** "100 images", or "90 to 100 images" where methods were tried on different numbers. */
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
<p class="note">Value and 95 % interval. Undefined: images whose map is constant, so that no correlation exists; they are left out.</p>`,
  );
}
