import type { PixelImage } from '../../core/data/images.ts';
import type { Evaluation } from '../../core/evaluation/evaluation.ts';
import { confusionMatrix } from '../confusionMatrix.ts';
import { type Html, html } from '../html.ts';
import { fixed, integer, percent, plural } from '../numbers.ts';
import { page } from '../page.ts';
import { picture } from '../picture.ts';

/** A training image, and what the model that was not trained on it answers. */
export interface JudgedImage {
  readonly index: number;
  readonly image: PixelImage;
  readonly given: number;
  /** The class that the label is compared with: the suggested or the predicted one. */
  readonly other: number;
  readonly givenProbability: number;
  readonly otherProbability: number;
}

export interface LabelErrorsPageData {
  readonly selvedge: string;
  readonly dataset: string;
  readonly classNames: readonly string[];
  readonly network: string;
  readonly folds: number;
  /** Of all training images, out of their folds. */
  readonly evaluation: Evaluation;
  /** How many labels are probably wrong; the page shows the first of them. */
  readonly errorCount: number;
  readonly errors: readonly JudgedImage[];
  readonly largestLosses: readonly JudgedImage[];
  /** The misclassified images of each cell of the confusion matrix, the most confident first, cut off after some. */
  readonly confusions: readonly (readonly JudgedImage[])[];
  /** The list's address relative to the page. */
  readonly csv: string;
}

const styles = `
.cell { display: none; scroll-margin-top: 1rem; }
.cell:target { display: block; }
.confusion a { display: block; line-height: 2.4rem; color: inherit; text-decoration: none; }
.confusion a:hover { text-decoration: underline; }
@media print { .cell { display: block; } }
`;

/** The page of `selvedge label-errors`: one self-contained document without scripts. */
export function labelErrorsPage(data: LabelErrorsPageData): string {
  const { dataset, evaluation, errorCount, folds, classNames, network, csv, selvedge } = data;
  const { count, accuracy, loss } = evaluation;
  return page({
    eyebrow: 'Selvedge label errors',
    title: `${dataset}: ${plural(errorCount, 'label')} probably wrong`,
    lead: html`${integer(count)} training images, each judged by one of ${folds} models (${network}) that was not trained on it.`,
    sections: [
      { id: 'summary', title: 'Summary', body: summary() },
      {
        id: 'errors',
        title: 'Probable label errors',
        body: html`<figure>${grid(data.errors, 'suggested', classNames)}
<figcaption>${data.errors.length < errorCount && `The first ${data.errors.length} of ${integer(errorCount)}. `}The label in bold, then the suggested class, and the probability of each. The least
probable label is first. All are in <a href="${csv}">${csv}</a>.</figcaption></figure>`,
      },
      {
        id: 'confusion',
        title: 'Confusion matrix',
        body: html`${confusionMatrix(evaluation, (label, predicted) => (hasCell(data, label, predicted) ? `#${cellId(label, predicted)}` : null))}
<p class="note">A count below or above the diagonal opens its images here.</p>
${data.confusions.map((images) => cell(images, evaluation, classNames))}`,
      },
      {
        id: 'hard',
        title: 'Largest losses',
        body: html`<figure>${grid(data.largestLosses, 'predicted', classNames)}
<figcaption>The images with the largest loss, largest first: wrong labels, and images that are hard to classify.</figcaption></figure>`,
      },
    ],
    footer: html`Written by selvedge ${selvedge}. Every number is in <code>label-errors.json</code> beside this page.`,
    styles,
  });

  function summary(): Html {
    return html`<dl class="figures">
<div class="first"><dt>probable label errors</dt><dd class="value">${integer(errorCount)}</dd><dd class="aside">${percent(errorCount / count, 2)} of the images</dd></div>
<div><dt>accuracy out of fold</dt><dd class="value">${percent(accuracy, 2)}</dd></div>
<div><dt>loss out of fold</dt><dd class="value">${fixed(loss, 4)}</dd></div>
<div><dt>models</dt><dd class="value">${folds}</dd></div>
</dl>
<p>A label is listed where the model is confident of another class: where that class’ probability is at least its mean over the images
labelled as it (confident learning, Northcutt 2021). A listed label may be right, and a wrong one may be missing. Look at the images before
you change labels.</p>`;
  }
}

const cellId = (label: number, predicted: number) => `cell-${label}-${predicted}`;

function hasCell({ confusions }: LabelErrorsPageData, label: number, predicted: number): boolean {
  return confusions.some(([first]) => first?.given === label && first.other === predicted);
}

/** The images of one cell, visible while the page's address names it. */
function cell(images: readonly JudgedImage[], { confusion }: Evaluation, classNames: readonly string[]): Html {
  const { given, other } = images[0]!;
  const all = confusion[given]![other]!;
  return html`<div class="cell" id="${cellId(given, other)}">
<h3>${classNames[given]} predicted as ${classNames[other]}: ${plural(all, 'image')}${all > images.length && html`, the ${images.length} most confident`}</h3>
${grid(images, 'predicted', classNames)}</div>`;
}

function grid(images: readonly JudgedImage[], verb: string, classNames: readonly string[]): Html {
  if (images.length === 0) return html`<p>There is none.</p>`;
  return html`<ul class="mistakes">${images.map(
    ({ index, image, given, other, givenProbability, otherProbability }) => {
      const alt = `Training image ${index}, labelled ${classNames[given]}, ${verb} ${classNames[other]}`;
      return html`<li>${picture(image, alt)}
<span class="truth">${classNames[given]}</span>
<span class="guess">${verb} <b>${classNames[other]}</b></span>
<span class="confidence">${percent(givenProbability, 1)}, ${percent(otherProbability, 1)}</span>
<span class="confidence">no.&nbsp;${integer(index)}</span></li>`;
    },
  )}</ul>`;
}
