import type { LabelledImages, PixelImage } from '../core/data/images.ts';
import { imageAt } from '../core/data/images.ts';
import { drawText, fillSquare, textHeight, textWidth } from './bitmapFont.ts';

/** One picture of a sheet, grey (1 channel) or RGB (3), with up to a few short lines below it. */
export interface SheetCell {
  readonly image: PixelImage;
  readonly caption?: readonly string[];
}

/** A line of pictures with an optional name at its left. */
export interface SheetRow {
  readonly label?: string;
  readonly cells: readonly SheetCell[];
}

/** Lengths are in pixels of the sheet, shades from 0 (black) to 255 (white). */
export interface SheetOptions {
  /** How many pixels wide and high each pixel of a picture becomes: 2. */
  readonly scale?: number;
  /** The same for text: 1. */
  readonly textScale?: number;
  /** The space between neighbouring cells: 2. */
  readonly gap?: number;
  /** The shade of gaps and margins: 255. */
  readonly background?: number;
  /** The shade of text: 32. */
  readonly ink?: number;
}

const defaults: Required<SheetOptions> = { scale: 2, textScale: 1, gap: 2, background: 255, ink: 32 };

/**
 * Lays pictures out in rows. All cells are as large as the largest picture and the widest caption need; the sheet is RGB
 * if any picture is, else grey. Text is printable ASCII; other characters show as a box.
 *
 * @returns a picture [H, W, 1] or [H, W, 3].
 */
export function contactSheet(rows: readonly SheetRow[], options: SheetOptions = {}): PixelImage {
  const { scale, textScale, gap, background, ink } = { ...defaults, ...options };
  const cells = rows.flatMap((row) => row.cells);
  const widthOf = (text: string) => textWidth(text) * textScale;
  const lineHeight = textHeight * textScale;

  const pictureWidth = largest(cells.map(({ image }) => image.width)) * scale;
  const captionLines = largest(cells.map(({ caption }) => caption?.length ?? 0));
  const captionWidth = largest(cells.flatMap(({ caption }) => (caption ?? []).map(widthOf)));
  const labelWidth = largest(rows.map(({ label }) => widthOf(label ?? '')));
  const pictureHeight = Math.max(
    largest(cells.map(({ image }) => image.height)) * scale,
    labelWidth > 0 ? lineHeight : 0,
  );

  const cellWidth = Math.max(pictureWidth, captionWidth);
  const cellHeight = pictureHeight + captionLines * lineHeight + (captionLines > 0 ? gap : 0);
  const margin = 4 * gap;
  const left = margin + (labelWidth > 0 ? labelWidth + 4 * gap : 0);
  const columns = largest(rows.map((row) => row.cells.length));

  const width = Math.max(1, left + columns * (cellWidth + gap) - gap + margin);
  const height = Math.max(1, margin + rows.length * (cellHeight + gap) - gap + margin);
  const channels = cells.some(({ image }) => image.channels === 3) ? 3 : 1;
  const canvas = { pixels: new Uint8Array(width * height * channels).fill(background), width, height, channels };
  const write = (text: string, x: number, y: number) => drawText(canvas, text, [x, y], textScale, [ink]);

  rows.forEach((row, line) => {
    const top = margin + line * (cellHeight + gap);
    write(row.label ?? '', margin, top + Math.floor((pictureHeight - lineHeight) / 2));
    row.cells.forEach(({ image, caption = [] }, column) => {
      const x = left + column * (cellWidth + gap);
      const centred = (width: number) => x + Math.floor((cellWidth - width) / 2);
      drawPicture(canvas, image, centred(image.width * scale), top, scale);
      caption.forEach((text, index) => {
        write(text, centred(widthOf(text)), top + pictureHeight + gap + index * lineHeight);
      });
    });
  });
  return canvas;
}

/** The first `columns` pictures of every class, a row for each class in label order. */
export function classRows(set: LabelledImages, classNames: readonly string[], columns: number): Promise<SheetRow[]> {
  const rows = classNames.map(async (name, label) => {
    const cells: SheetCell[] = [];
    for (let index = set.labels.indexOf(label); index !== -1 && cells.length < columns; ) {
      cells.push({ image: await imageAt(set, index) });
      index = set.labels.indexOf(label, index + 1);
    }
    return { label: name, cells };
  });
  return Promise.all(rows);
}

function drawPicture(canvas: PixelImage, image: PixelImage, left: number, top: number, scale: number): void {
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < image.width; x++) {
      const at = (y * image.width + x) * image.channels;
      const colour = image.pixels.subarray(at, at + image.channels);
      fillSquare(canvas, left + x * scale, top + y * scale, scale, colour);
    }
  }
}

function largest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), 0);
}
