import type { PixelImage } from '../../core/data/images.ts';
import type { InspectedImage } from '../../core/inspection/record.ts';
import { type Html, html } from '../html.ts';
import { percent } from '../numbers.ts';
import { picture } from '../picture.ts';
import type { InspectionPageData } from './pageData.ts';

/** What a picture is and what it was taken for. */
export interface ImageWords {
  /** "Coat" where the label is known, else the file's name. */
  readonly truth: string;
  readonly guess: string;
  /** Null where the label is not known. */
  readonly right: boolean | null;
  readonly confidence: string;
  /** "test image 431 (Coat)". */
  readonly name: string;
}

export function imageWords(image: InspectedImage, classNames: readonly string[]): ImageWords {
  const { source, predicted } = image;
  const guess = classNames[predicted] ?? `class ${predicted}`;
  const confidence = percent(image.probabilities[predicted], 1);
  if (source.kind === 'file') {
    return { truth: source.name, guess, right: null, confidence, name: source.name };
  }
  const truth = classNames[source.label] ?? `class ${source.label}`;
  return { truth, guess, right: source.label === predicted, confidence, name: `test image ${source.index} (${truth})` };
}

/** The picture of the report's first lines: of those that were classified rightly, or else of all, the richest in contrast. */
export function firstChoice({ record, pictures }: InspectionPageData): number {
  const all = record.images.map((_, i) => i);
  const right = all.filter((i) => imageWords(record.images[i]!, record.model.classNames).right === true);
  const contrasts = pictures.map(contrast);
  return (right.length > 0 ? right : all).reduce(
    (best, i) => (contrasts[i]! > contrasts[best]! ? i : best),
    right[0] ?? 0,
  );
}

/** The variance of a picture's values. */
function contrast({ pixels }: PixelImage): number {
  const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
  return pixels.reduce((sum, value) => sum + (value - mean) ** 2, 0) / pixels.length;
}

/** Thumbnails of which one is chosen; what carries the class `of-<i>` inside the same `.chooser` shows only for it. */
export function imagePicker(data: InspectionPageData, group: string): Html {
  const { images, model } = data.record;
  const chosen = firstChoice(data);
  return html`<fieldset class="pick"><legend>Choose a picture</legend>
<div class="thumbs">${images.map((image, i) => {
    const { truth, guess, right, confidence, name } = imageWords(image, model.classNames);
    const mark = right === null ? '' : right ? '✓' : '✗';
    const verdict =
      right === true ? html`right, ${confidence}` : html`${right === false && 'taken for '}${guess}, ${confidence}`;
    return html`<label class="thumb ${right === false && 'wrong'}">
<input type="radio" name="${group}" id="${group}-${i}" autocomplete="off"${i === chosen && html` checked`}>
${picture(data.pictures[i]!, `Picture ${i + 1}: ${name}`)}
<span class="thumb-words"><b><span aria-hidden="true">${mark}</span> ${truth}</b> <span>${verdict}</span></span></label>`;
  })}</div></fieldset>`;
}
