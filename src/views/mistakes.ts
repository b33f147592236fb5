import type { PixelImage } from '../core/data/images.ts';
import type { Mistake } from '../core/evaluation/evaluation.ts';
import { type Html, html } from './html.ts';
import { integer, percent } from './numbers.ts';
import { picture } from './picture.ts';

/** A mistake and the picture that was mistaken. */
export interface PicturedMistake {
  readonly mistake: Mistake;
  readonly image: PixelImage;
}

/** Wrongly classified pictures in a grid, in the order given, with true and predicted names and p(predicted). */
export function mistakeGrid(mistakes: readonly PicturedMistake[], classNames: readonly string[]): Html {
  if (mistakes.length === 0) return html`<p>There is no mistake to show.</p>`;
  return html`<ul class="mistakes">${mistakes.map(({ mistake, image }) => {
    const truth = classNames[mistake.label] ?? `class ${mistake.label}`;
    const guess = classNames[mistake.predicted] ?? `class ${mistake.predicted}`;
    const alt = `Test image ${mistake.index}, labelled ${truth}, taken for ${guess}`;
    return html`<li>${picture(image, alt)}
<span class="truth">${truth}</span>
<span class="guess">taken for <b>${guess}</b></span>
<span class="confidence">${percent(mistake.confidence, 1)}, no.&nbsp;${integer(mistake.index)}</span></li>`;
  })}</ul>`;
}
