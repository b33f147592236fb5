import type { InspectedImage } from '../../../core/inspection/record.ts';
import { type Html, html } from '../../html.ts';
import { percent } from '../../numbers.ts';
import { picture } from '../../picture.ts';
import type { InspectionPageData } from '../pageData.ts';

/** An image's label and prediction. */
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

export function className(classNames: readonly string[], label: number): string {
  return classNames[label] ?? `class ${label}`;
}

export function imageWords(image: InspectedImage, classNames: readonly string[]): ImageWords {
  const { source, predicted } = image;
  const guess = className(classNames, predicted);
  const confidence = percent(image.probabilities[predicted], 1);
  if (source.kind === 'file') {
    return { truth: source.name, guess, right: null, confidence, name: source.name };
  }
  const truth = className(classNames, source.label);
  return { truth, guess, right: source.label === predicted, confidence, name: `test image ${source.index} (${truth})` };
}

/** Thumbnails of which one is chosen; what carries the class `of-<i>` inside the same `.chooser` shows only for it. */
export function imagePicker(data: InspectionPageData, group: string): Html {
  const { images, model, overview } = data.record;
  return html`<fieldset class="pick"><legend>Image</legend>
<div class="thumbs">${images.map((image, i) => {
    const { truth, guess, right, confidence, name } = imageWords(image, model.classNames);
    const mark = right === null ? '' : right ? '✓' : '✗';
    const verdict = right === true ? `correct, ${confidence}` : `predicted ${guess}, ${confidence}`;
    return html`<label class="thumb ${right === false && 'wrong'}">
<input type="radio" name="${group}" id="${group}-${i}" autocomplete="off"${i === overview?.image && html` checked`}>
${picture(data.pictures[i]!, `Image ${i + 1}: ${name}`)}
<span class="thumb-words"><b><span aria-hidden="true">${mark}</span> ${truth}</b> <span>${verdict}</span></span></label>`;
  })}</div></fieldset>`;
}
