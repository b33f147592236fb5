import type { PixelImage } from '../core/data/images.ts';
import { drawText, fillSquare, textHeight, textWidth } from './bitmapFont.ts';

const cell = 64;
const textScale = 2;
const margin = 16;

/**
 * A confusion matrix as an RGB picture: a row for each true class, a column for each predicted one, darker the larger
 * the row's share; the counts are written in. Columns are numbered as the rows are.
 */
export function confusionPicture(confusion: readonly (readonly number[])[], classNames: readonly string[]): PixelImage {
  const labels = classNames.map((name, label) => `${label} ${name}`);
  const labelWidth = Math.max(...labels.map(textWidth)) * textScale;
  const line = textHeight * textScale;
  const title = 'rows: true class   columns: predicted class';
  const left = margin * 2 + labelWidth;
  const top = margin * 2 + line * 2 + 8;
  const width = Math.max(left + cell * classNames.length, margin + textWidth(title) * textScale) + margin;
  const height = top + cell * classNames.length + margin;
  const canvas = { pixels: new Uint8Array(width * height * 3).fill(255), height, width, channels: 3 };
  const dark = [28, 28, 32];
  const write = (text: string, x: number, y: number, ink: readonly number[]) =>
    drawText(canvas, text, [x, y], textScale, ink);
  write(title, margin, margin, dark);
  for (const [row, counts] of confusion.entries()) {
    const y = top + row * cell;
    const middle = y + (cell - line) / 2;
    write(labels[row]!, left - margin - textWidth(labels[row]!) * textScale, middle, dark);
    write(String(row), left + row * cell + cell / 2 - textWidth(String(row)), top - line - 4, dark);
    const total = counts.reduce((sum, n) => sum + n, 0);
    for (const [column, count] of counts.entries()) {
      const x = left + column * cell;
      const share = total === 0 ? 0 : Math.sqrt(count / total);
      // From white to a deep blue; the square root keeps rare confusions visible.
      const shade = [255 - share * 235, 255 - share * 175, 255 - share * 105].map(Math.round);
      fillSquare(canvas, x + 1, y + 1, cell - 1, shade);
      const text = String(count);
      const ink = share > 0.6 ? [255, 255, 255] : count === 0 ? [190, 190, 196] : dark;
      write(text, x + Math.round((cell - textWidth(text) * textScale) / 2), middle, ink);
    }
  }
  return canvas;
}
