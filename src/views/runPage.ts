import type { RunRecord } from '../core/formats/runRecord.ts';
import type { LayerSummary } from '../core/graph/summary.ts';
import type { StepFigures } from '../core/training/history.ts';
import { architecture } from './architecture.ts';
import { confusionMatrix } from './confusionMatrix.ts';
import { curves } from './curves.ts';
import { headline } from './headline.ts';
import { type Html, html } from './html.ts';
import { mistakeGrid, type PicturedMistake } from './mistakes.ts';
import { compact, percent, plural } from './numbers.ts';
import { type PageSection, page } from './page.ts';
import { reproduce } from './reproduce.ts';
import { scoresTable } from './scoresTable.ts';
import { summaryTable } from './summaryTable.ts';

/** Everything that a run's page shows. */
export interface RunPageData {
  readonly record: RunRecord;
  readonly layers: readonly LayerSummary[];
  /** The lines of `metrics.jsonl`, in order. */
  readonly steps: readonly StepFigures[];
  readonly mistakes: readonly PicturedMistake[];
  /** Where, from the page, the report of an inspection stands; none where there is none. */
  readonly inspection?: string;
}

/** The run's `index.html`: one self-contained document that loads nothing. */
export function runPage(data: RunPageData): string {
  const { record } = data;
  const { dataset, engine } = record;
  return page({
    eyebrow: 'Selvedge run',
    title: `${dataset.name}: ${percent(record.testAccuracy)} right`,
    lead: html`A network of ${plural(record.parameters, 'parameter')} that tells ${dataset.classNames.length} classes
apart, trained on ${plural(dataset.trainImages, 'picture')} and scored on the ${plural(dataset.testImages, 'picture')} of the test
set.`,
    sections: sections(data),
    footer: html`Written by selvedge ${engine.selvedge}. The same figures, for programs, are in <code>run.json</code> beside
this page.`,
  });
}

function sections({ record, layers, steps, mistakes, inspection }: RunPageData): PageSection[] {
  const { evaluation } = record;
  const { classNames, trainImages } = record.dataset;
  const multiplyAdds = layers.reduce((sum, layer) => sum + layer.multiplyAdds, 0);
  const stepsPerEpoch = record.history[0]?.steps ?? Math.ceil(trainImages / record.configuration.batchSize);
  return [
    { id: 'summary', title: 'In short', body: headline(record) },
    {
      id: 'architecture',
      title: 'Architecture',
      body: html`<figure>${architecture(layers)}
<figcaption>What each layer hands to the next, from the picture to one probability for each class. Blue blocks learn; dashed ones
drop values at random, while training only. ${
        layers.some(({ outputShape }) => outputShape.length === 3) &&
        'A box’s face shows height and width, its depth the channels. '
      }One picture takes ${compact(multiplyAdds)} multiply-adds.</figcaption></figure>
<details><summary>The layers as a table</summary>${summaryTable(layers)}</details>`,
    },
    {
      id: 'training',
      title: 'Training',
      body: curves({
        history: record.history,
        steps,
        stepsPerEpoch,
        test: { loss: record.testLoss, accuracy: record.testAccuracy },
      }),
    },
    { id: 'confusion', title: 'What is taken for what', body: confusionMatrix(evaluation) },
    ...(inspection === undefined ? [] : [{ id: 'inside', title: 'Look inside', body: inside(inspection) }]),
    {
      id: 'mistakes',
      title: 'Most confident mistakes',
      body: html`<figure>${mistakeGrid(mistakes, classNames)}
<figcaption>The test pictures of which the network was surest and wrong, surest first: the label in bold, then what it saw instead
and with what probability. A label may be wrong, too.</figcaption></figure>`,
    },
    {
      id: 'classes',
      title: 'Class by class',
      body: html`<figure>${scoresTable(evaluation)}
<figcaption>Precision: of the images given this name, the share that bear it. Recall: of the images that bear it, the share that
were given it. F1: their harmonic mean. The macro mean counts classes alike, the weighted mean by their images.</figcaption></figure>`,
    },
    { id: 'reproduce', title: 'Reproduce and use', body: reproduce(record) },
  ];
}

function inside(report: string): Html {
  return html`<p><a href="${report}">What the network makes of a picture</a>, layer by layer: its feature maps, what they
hold in numbers, what of the usual claims about them is supported, and which pixels speak for a class.</p>`;
}
