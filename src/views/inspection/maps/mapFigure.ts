import { type Html, html } from '../../html.ts';
import { type PalettePicture, paletteDataUri } from './mapPicture.ts';

/** A sheet of maps with its pixels unblurred, over a grid of lines; cells, such as links, lie on top. */
export interface SheetFigure {
  readonly images: readonly Html[];
  readonly columns: number;
  readonly rows: number;
  /** Width over height of one map. */
  readonly aspect: number;
  readonly cells?: Html | null;
}

export function sheetFigure({ images, columns, rows, aspect, cells }: SheetFigure): Html {
  return html`<div class="sheet ${columns * rows === 1 && 'single'}" style="--columns: ${columns}; --rows: ${rows}; --aspect: ${Math.round(aspect * 1000) / 1000}">
${images}<div class="cells">${cells}</div></div>`;
}

/** One sheet as a picture; `kind` are classes that say when it shows. */
export function sheetImage(sheet: PalettePicture, alt: string, kind = ''): Html {
  const { width, height } = sheet;
  return html`<img class="pixels ${kind}" src="${paletteDataUri(sheet)}" width="${width}" height="${height}" alt="${alt}">`;
}

/** A scale with its ends: sequential from 0, or signed with 0 in the middle. */
export function colorBar(signed: boolean, low: string, high: string, kind = ''): Html {
  return html`<p class="colorbar ${kind}"><span>${low}</span> <span class="${signed ? 'signed' : 'unsigned'} ramp" aria-hidden="true"></span> <span>${high}</span></p>`;
}
