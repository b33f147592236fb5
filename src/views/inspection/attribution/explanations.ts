import type { PixelImage } from '../../../core/data/images.ts';
import { deepestLevel, outcomeOf } from '../../../core/inspection/attribution/outcome.ts';
import type {
  AttributionMap,
  AttributionMethod,
  Explanation,
  InspectionRecord,
  MethodPlace,
} from '../../../core/inspection/record.ts';
import { type Html, html } from '../../html.ts';
import { picture } from '../../picture.ts';
import { barList } from '../bars.ts';
import { citation } from '../citation.ts';
import { amount } from '../format.ts';
import { className, imagePicker, imageWords } from '../maps/inspectedImages.ts';
import { cardId } from '../maps/mapCards.ts';
import { mapSheet, sheetImage } from '../maps/mapPicture.ts';
import { reportLayers } from '../maps/reportLayers.ts';
import type { InspectionPageData } from '../pageData.ts';
import { methodName, methods } from './methods.ts';

const shownRemovals = 8;

/** For each image the evidence for its predicted class: one signed map per method. */
export function explanations(data: InspectionPageData): Html {
  const { record } = data;
  if (record.explanations.length === 0) {
    const why = record.leftOut.find(({ part }) => part === 'attribution')?.why;
    return html`<p>${why ?? 'No attribution map was computed.'}</p>`;
  }
  return html`<div class="chooser why">
<p>Each map shows the evidence for the predicted class, pixel by pixel: orange for it, blue against it, white zero. The scale of a
map is symmetric and ends at its largest magnitude, which is printed below it.</p>
${imagePicker(data, 'why')}
${record.explanations.map((explanation) => explained(data, explanation))}
${methodList(record.explanations[0]!.maps)}</div>`;
}

function explained(data: InspectionPageData, { image: i, target, maps, removals }: Explanation): Html | null {
  const image = data.record.images[i];
  const shown = data.pictures[i];
  if (image === undefined || shown === undefined) return null;
  const { classNames } = data.record.model;
  const { name, truth, guess, right, confidence } = imageWords(image, classNames);
  const targetName = className(classNames, target);
  return html`<div class="of of-${i}">
<h3>Evidence for ${targetName} ${right === false && html`<small>label: ${truth}</small>`}</h3>
<div class="evidence">
<figure>${picture(shown, `The input: ${name}`)}<figcaption><b>Input</b><br>predicted ${guess}, ${confidence}</figcaption></figure>
${maps.map((map) => evidence(map, shown, targetName, name, doubtsAbout(data.record, map)))}</div>
${removals.length > 0 && html`<div class="removals">${removals.map((removal) => removed(data, removal, targetName))}</div>`}</div>`;
}

/** What a method fails on this model. */
function doubtsAbout({ methodScores }: InspectionRecord, { method, layer }: MethodPlace): string[] {
  const score = methodScores.find((one) => one.method === method && one.layer === layer);
  const outcome = score && outcomeOf(score, deepestLevel(methodScores));
  if (!outcome) return [];
  return [
    ...(outcome.deletion === 'worse' || outcome.insertion === 'worse'
      ? ['worse than a random order on this model']
      : []),
    ...(outcome.sane === false ? ['fails the sanity check on this model'] : []),
  ];
}

function evidence(
  map: AttributionMap,
  shown: PixelImage,
  targetName: string,
  name: string,
  doubts: readonly string[],
): Html {
  const { values, noPositiveEvidence, completeness } = map;
  const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const title = methodName(map);
  const { height, width } = shown;
  const sheet = mapSheet({ values, height, width, maps: 1 }, { signed: true, scale: 'map', columns: 1 });
  const nothing = `No evidence for ${targetName}.`;
  return html`<figure class="${noPositiveEvidence && 'nothing'}">
${
  largest > 0
    ? sheetImage(sheet, `${title} for ${targetName}, ${name}${noPositiveEvidence ? `. ${nothing}` : ''}`)
    : html`<div class="blank" style="aspect-ratio: ${width} / ${height}">${nothing}</div>`
}
<figcaption><b>${title}</b><br>${largest > 0 ? `scale ±${amount(largest)}` : 'zero everywhere'}${
    noPositiveEvidence && largest > 0 && html`<br>${nothing}`
  }${
    completeness && html`<br>sum ${amount(completeness.difference)}, error ${amount(completeness.error)}`
  }${map.method === 'guidedBackprop' && html`<br><em>Warning: nearly independent of the weights</em>`}${
    doubts.length > 0 && html`<br><em>${doubts.join('; ')}</em>`
  }</figcaption></figure>`;
}

function removed(data: InspectionPageData, { layer, maps }: Explanation['removals'][number], targetName: string): Html {
  const cards = reportLayers(data.record).find(({ name }) => name === layer)?.cards ?? null;
  const carded = new Set(data.record.maps.filter((map) => map.layer === cards).map(({ channel }) => channel));
  return html`<figure><h4>Ablation of single maps of <span class="layer-name">${layer}</span></h4>
${barList(
  maps.slice(0, shownRemovals).map(({ channel, drop }) => {
    const name = `map ${channel}`;
    const linked = cards !== null && carded.has(channel);
    return { label: linked ? html`<a href="#${cardId(cards, channel)}">${name}</a>` : name, value: drop };
  }),
)}
<figcaption>Decrease of the logit of ${targetName} when one map is set to zero. Negative: the map is evidence against it.</figcaption></figure>`;
}

function methodList(maps: readonly AttributionMap[]): Html {
  const used = [...new Set(maps.map(({ method }): AttributionMethod => method))];
  return html`<details class="method-key"><summary>What each method computes</summary><dl>${used.map((method) => {
    const { name, short, source, warning } = methods[method];
    return html`<div><dt>${name}</dt><dd>${short} ${citation(source)}${
      warning &&
      html` <strong>Warning:</strong> ${warning.text} ${citation(warning.source)}. See the sanity check below.`
    }</dd></div>`;
  })}</dl></details>`;
}
