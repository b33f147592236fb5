import type { PixelImage } from '../core/data/images.ts';
import type { AverageScores, Evaluation, Mistake } from '../core/evaluation/evaluation.ts';
import type { RunRecord } from '../core/formats/runRecord.ts';
import type { LayerSummary } from '../core/graph/summary.ts';
import type { StepMetrics } from '../core/training/history.ts';
import type { TransferRecord } from '../core/transfer/record.ts';
import { architecture, summaryTable } from './architecture.ts';
import { confusionMatrix } from './confusionMatrix.ts';
import { curves } from './curves.ts';
import { hasDropout, headline, isTrained } from './headline.ts';
import { type Html, html } from './html.ts';
import { compact, fixed, integer, percent, plural } from './numbers.ts';
import { type PageSection, page } from './page.ts';
import { picture } from './picture.ts';
import { reproduce } from './reproduce.ts';
import { scroller } from './scroller.ts';

/** A misclassified image. */
interface PicturedMistake {
  readonly mistake: Mistake;
  readonly image: PixelImage;
}

/** What a run's page shows. */
export interface RunPageData {
  readonly record: RunRecord;
  readonly layers: readonly LayerSummary[];
  /** The lines of `metrics.jsonl`, in order. */
  readonly steps: readonly StepMetrics[];
  readonly mistakes: readonly PicturedMistake[];
  /** The relative address of the inspection's report, if there is one. */
  readonly inspection?: string;
}

/** The run's `index.html`: one self-contained document that loads nothing. */
export function runPage(data: RunPageData): string {
  const { record } = data;
  const { dataset, engine } = record;
  return page({
    eyebrow: 'Selvedge run',
    title: `${dataset.name}: test accuracy ${percent(record.testAccuracy)}`,
    lead: html`A network of ${plural(record.parameters, 'parameter')} for ${dataset.classNames.length} classes, trained on
${plural(dataset.trainImages, 'image')} and evaluated on ${plural(dataset.testImages, 'test image')}.`,
    sections: sections(data),
    footer: html`Written by selvedge ${engine.selvedge}. The same numbers are in <code>run.json</code> beside this page.`,
  });
}

function sections({ record, layers, steps, mistakes, inspection }: RunPageData): PageSection[] {
  const { evaluation } = record;
  const { classNames, trainImages } = record.dataset;
  const multiplyAdds = layers.reduce((sum, layer) => sum + layer.multiplyAdds, 0);
  const stepsPerEpoch = record.history[0]?.steps ?? Math.ceil(trainImages / record.configuration.batchSize);
  return [
    { id: 'summary', title: 'Summary', body: headline(record, layers) },
    {
      id: 'architecture',
      title: 'Architecture',
      body: html`<figure>${architecture(layers)}
<figcaption>The output of each layer, from the input to the class probabilities. Blue layers have weights${
        hasDropout(layers) && '; dashed layers drop values at random during training'
      }. ${
        layers.some(({ outputShape }) => outputShape.length === 3) &&
        'A box’s face is its height and width, its depth the channels. '
      }One image takes ${compact(multiplyAdds)} multiply-adds.</figcaption></figure>
<details><summary>Table of the layers</summary>${summaryTable(layers)}</details>`,
    },
    {
      id: 'training',
      title: 'Training',
      body: html`${record.transfer && transferred(record.transfer)}${
        isTrained(record) &&
        curves({
          history: record.history,
          steps,
          stepsPerEpoch,
          test: { loss: record.testLoss, accuracy: record.testAccuracy },
        })
      }`,
    },
    { id: 'confusion', title: 'Confusion matrix', body: confusionMatrix(evaluation) },
    ...(inspection === undefined ? [] : [{ id: 'inside', title: 'Inspection', body: inside(inspection) }]),
    {
      id: 'mistakes',
      title: 'Most confident errors',
      body: html`<figure>${mistakeGrid(mistakes, classNames)}
<figcaption>The misclassified test images with the highest predicted probability, highest first: the label in bold, then the
prediction and its probability.</figcaption></figure>`,
    },
    {
      id: 'classes',
      title: 'Metrics by class',
      body: html`<figure>${scoresTable(evaluation)}
<figcaption>Precision: the share of the images predicted as this class that belong to it. Recall: the share of the images of this
class that are predicted as it. F1: their harmonic mean. The macro mean weights all classes equally, the weighted mean by their
images.</figcaption></figure>`,
    },
    { id: 'reproduce', title: 'Reproduce and use', body: reproduce(record) },
  ];
}

/** How a new last layer on the features of other layers was fitted. */
function transferred({
  from,
  features,
  strength,
  chosenBy,
  head,
  imageSize,
  triedSizes,
  fineTuned,
}: TransferRecord): Html {
  const chosen = {
    validation: 'it had the smallest cross-entropy on the validation images',
    'cross-validation': 'it had the smallest cross-entropy in cross-validation of the training images',
    fixed: 'a class has too few images to choose it, so it is the fixed value for that case',
  }[chosenBy.kind];
  const verb = fineTuned ? 'began as' : 'is';
  const where =
    chosenBy.kind === 'validation' ? 'on the validation images' : 'in cross-validation of the training images';
  return html`<p>All layers but the last ${strength === null && 'two '}${fineTuned ? 'began as' : 'are'} those of <code>${from}</code>${!fineTuned && ', unchanged'}. ${
    strength === null
      ? html`Behind their ${plural(features, 'feature')} ${verb} a hidden layer of ${plural(head?.units ?? 0, 'unit')} with ReLU and a softmax layer, fitted to the
training images.`
      : html`The last
layer ${verb} a softmax regression on their ${plural(features, 'feature')}, fitted to the training images. Its
regularisation is C = ${strength}: ${chosen}.`
  }${
    head?.accuracies &&
    html` The accuracy ${where} was ${percent(head.accuracies.hidden)} with a hidden layer and ${percent(head.accuracies.linear)} without one; it is taken where it is more accurate.`
  }${
    triedSizes &&
    html` Pictures are resized to ${imageSize} × ${imageSize} pixels: of the sizes that were tried, it did best on ${plural(triedSizes[0]!.images, 'validation image')} (${triedSizes
      .map(({ side, accuracy }) => `${side}: ${percent(accuracy)}`)
      .join(', ')}).`
  }${fineTuned && html` Then the last ${plural(fineTuned.layers, 'layer')} with weights were trained together.`}</p>`;
}

function inside(report: string): Html {
  return html`<p><a href="${report}">Report of the inspection</a>: feature maps, metrics of every layer, tested claims, and
attribution maps.</p>`;
}

/** Misclassified images in a grid, in the order given, with label, prediction and its probability. */
function mistakeGrid(mistakes: readonly PicturedMistake[], classNames: readonly string[]): Html {
  if (mistakes.length === 0) return html`<p>No test image is misclassified.</p>`;
  return html`<ul class="mistakes">${mistakes.map(({ mistake, image }) => {
    const truth = classNames[mistake.label] ?? `class ${mistake.label}`;
    const guess = classNames[mistake.predicted] ?? `class ${mistake.predicted}`;
    const alt = `Test image ${mistake.index}, labelled ${truth}, predicted ${guess}`;
    return html`<li>${picture(image, alt)}
<span class="truth">${truth}</span>
<span class="guess">predicted <b>${guess}</b></span>
<span class="confidence">${percent(mistake.confidence, 1)}, no.&nbsp;${integer(mistake.index)}</span></li>`;
  })}</ul>`;
}

/** Precision, recall, F1 and support of every class, and their means; a bar in each cell shows its share. */
function scoresTable({ perClass, macro, weighted, count }: Evaluation): Html {
  return scroller(
    'Metrics by class',
    html`<table class="numbers scores"><thead><tr><th scope="col">class</th>
<th scope="col">precision</th><th scope="col">recall</th><th scope="col">F1</th><th scope="col">images</th>
</tr></thead><tbody>${perClass.map((scores) => scoresRow(scores.name, scores, scores.support))}</tbody>
<tfoot>${scoresRow('macro mean', macro, count)}${scoresRow('weighted mean', weighted, count)}</tfoot></table>`,
  );
}

function scoresRow(name: string, { precision, recall, f1 }: AverageScores, support: number): Html {
  return html`<tr><th scope="row">${name}</th>
${[precision, recall, f1].map((share) => html`<td class="bar" style="--part:${fixed(share)}">${fixed(share)}</td>`)}
<td>${integer(support)}</td></tr>`;
}
