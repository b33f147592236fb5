import { encode } from 'fast-png';
import type { PixelImage } from '../../../core/data/images.ts';
import type { Shape } from '../../../core/graph/shape.ts';
import { type Html, html } from '../../html.ts';
import { base64, pngDataUri } from '../../picture.ts';
import { type Colormap, colorAt, diverging, grey, sequential } from './colormap.ts';

/** Colours of a palette: not distinguishable from 255 by eye, and a third smaller as a file. */
const levels = 64;

/** A picture of one byte per pixel: 0 is transparent, 1 to `levels` are the colours of a scale. */
export interface PalettePicture {
  readonly indices: Uint8Array;
  readonly height: number;
  readonly width: number;
  readonly colormap: Colormap;
}

/** Maps side by side, all of one size: map c's values are at `values[i × maps + c]`, i row-major over its pixels. */
export interface Maps {
  readonly values: ArrayLike<number>;
  readonly height: number;
  readonly width: number;
  readonly maps: number;
}

export interface SheetOptions {
  /** Signed values are drawn from −m to m, others from 0 to m. */
  readonly signed: boolean;
  /** Whether m is each map's own largest value, or that of all. */
  readonly scale: 'map' | 'layer';
  readonly columns: number;
  /** Transparent pixels between maps; default: none. */
  readonly gap?: number;
  /** Which maps, in which order; default: all. */
  readonly only?: readonly number[];
}

/** A layer's output as maps: the channels of [H, W, C], or the units of [D], of one pixel each. */
export function mapsOf(values: ArrayLike<number>, shape: Shape): Maps {
  const [height, width, maps] = shape.length === 3 ? (shape as [number, number, number]) : [1, 1, shape[0]!];
  return { values, height, width, maps };
}

/** The largest |value| of each map; 0 for a map without finite values. */
export function peaks({ values, maps }: Maps): Float64Array {
  const largest = new Float64Array(maps);
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    if (size > largest[i % maps]! && Number.isFinite(size)) largest[i % maps] = size;
  }
  return largest;
}

/** All maps in one picture, row by row of a grid. What is not finite stays transparent. */
export function mapSheet(maps: Maps, { signed, scale, columns, gap = 0, only }: SheetOptions): PalettePicture {
  const { values, height, width } = maps;
  const own = peaks(maps);
  const shared = own.reduce((a, b) => Math.max(a, b), 0);
  const chosen = only ?? Array.from(own, (_, c) => c);
  const rows = Math.ceil(chosen.length / columns);
  const sheetWidth = columns * (width + gap) - gap;
  const indices = new Uint8Array(sheetWidth * Math.max(1, rows * (height + gap) - gap));
  chosen.forEach((c, place) => {
    const m = (scale === 'map' ? own[c]! : shared) || 1;
    const top = Math.floor(place / columns) * (height + gap);
    const left = (place % columns) * (width + gap);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const value = values[(y * width + x) * maps.maps + c]! / m;
        indices[(top + y) * sheetWidth + left + x] = indexOf(signed ? (value + 1) / 2 : value);
      }
    }
  });
  return { indices, height: indices.length / sheetWidth, width: sheetWidth, colormap: signed ? diverging : sequential };
}

/** Pictures of one size in a grid, with transparent pixels between and below them, as a `data:` address. */
export function pictureSheet(
  pictures: readonly PixelImage[],
  columns: number,
  gap: { readonly x: number; readonly y: number },
): { readonly address: string; readonly height: number; readonly width: number } {
  const { height = 1, width = 1, channels = 1 } = pictures[0] ?? {};
  const size = {
    height: Math.max(1, Math.ceil(pictures.length / columns)) * (height + gap.y),
    width: columns * (width + gap.x) - gap.x,
  };
  const indices = new Uint8Array(size.height * size.width);
  const colours = new Uint8Array(channels === 1 ? 0 : size.height * size.width * 4);
  pictures.forEach(({ pixels }, place) => {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const row = Math.floor(place / columns) * (height + gap.y) + y;
        const to = row * size.width + (place % columns) * (width + gap.x) + x;
        const from = (y * width + x) * channels;
        if (channels === 1) indices[to] = indexOf(pixels[from]! / 255);
        else colours.set([pixels[from]!, pixels[from + 1]!, pixels[from + 2]!, 255], to * 4);
      }
    }
  });
  const address =
    channels === 1
      ? paletteDataUri({ indices, ...size, colormap: grey })
      : pngDataUri({ pixels: colours, ...size, channels: 4 });
  return { address, ...size };
}

function indexOf(t: number): number {
  return Number.isFinite(t) ? 1 + Math.round(Math.min(1, Math.max(0, t)) * (levels - 1)) : 0;
}

/** The picture as a `data:` address that holds a PNG with a palette. */
export function paletteDataUri(picture: PalettePicture): string {
  return `data:image/png;base64,${base64(palettePng(picture))}`;
}

/** The picture as the bytes of a PNG file with a palette. */
export function palettePng({ indices, height, width, colormap }: PalettePicture): Uint8Array {
  const palette = Array.from({ length: levels + 1 }, (_, i) =>
    i === 0 ? [0, 0, 0, 0] : [...colorAt(colormap, (i - 1) / (levels - 1)), 255],
  );
  return encode({ data: indices, height, width, channels: 1, depth: 8, palette });
}

/** The same picture, each pixel as a square of `times` × `times`. */
export function enlarged({ indices, height, width, colormap }: PalettePicture, times: number): PalettePicture {
  const size = { height: height * times, width: width * times };
  const large = new Uint8Array(size.height * size.width);
  for (let y = 0; y < height; y++) {
    const first = y * times * size.width;
    for (let x = 0; x < width; x++) large.fill(indices[y * width + x]!, first + x * times, first + (x + 1) * times);
    for (let row = 1; row < times; row++) large.copyWithin(first + row * size.width, first, first + size.width);
  }
  return { indices: large, ...size, colormap };
}

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

/** A scale from 0 to its end, or signed with 0 in the middle. */
export function colorBar(signed: boolean, end: string, kind = ''): Html {
  return html`<p class="colorbar ${kind}"><span>${signed ? `−${end}` : '0'}</span> <span class="${signed ? 'signed' : 'unsigned'} ramp" aria-hidden="true"></span> <span>${signed ? `+${end}` : end}</span></p>`;
}
