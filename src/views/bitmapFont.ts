import type { PixelImage } from '../core/data/images.ts';

/** The height of a line of text in pixels: seven rows to the baseline and two for what hangs below it. */
export const textHeight = 9;

const letterGap = 1;
const wordGap = 3;

/** Printable ASCII, a band of characters at a time, drawn as it looks: `#` is ink, each glyph is as wide as it needs. */
const bands: readonly (readonly [characters: string, art: string])[] = [
  [
    'ABCDEFGHIJKLM',
    `
    .###. ####. .###. ####. #### #### .###. #...# ### ..## #...# #... #...#
    #...# #...# #...# #...# #... #... #...# #...# .#. ...# #..#. #... ##.##
    #...# #...# #.... #...# #... #... #.... #...# .#. ...# #.#.. #... #.#.#
    ##### ####. #.... #...# ###. ###. #.### ##### .#. ...# ##... #... #.#.#
    #...# #...# #.... #...# #... #... #...# #...# .#. ...# #.#.. #... #...#
    #...# #...# #...# #...# #... #... #...# #...# .#. #..# #..#. #... #...#
    #...# ####. .###. ####. #### #... .###. #...# ### .##. #...# #### #...#
    ..... ..... ..... ..... .... .... ..... ..... ... .... ..... .... .....
    ..... ..... ..... ..... .... .... ..... ..... ... .... ..... .... .....
    `,
  ],
  [
    'NOPQRSTUVWXYZ',
    `
    #...# .###. ####. .###. ####. .#### ##### #...# #...# #...# #...# #...# #####
    ##..# #...# #...# #...# #...# #.... ..#.. #...# #...# #...# #...# #...# ....#
    ##..# #...# #...# #...# #...# #.... ..#.. #...# #...# #...# .#.#. .#.#. ...#.
    #.#.# #...# ####. #...# ####. .###. ..#.. #...# #...# #.#.# ..#.. ..#.. ..#..
    #..## #...# #.... #.#.# #.#.. ....# ..#.. #...# .#.#. #.#.# .#.#. ..#.. .#...
    #..## #...# #.... #..#. #..#. ....# ..#.. #...# .#.#. ##.## #...# ..#.. #....
    #...# .###. #.... .##.# #...# ####. ..#.. .###. ..#.. #...# #...# ..#.. #####
    ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .....
    ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... ..... .....
    `,
  ],
  [
    'abcdefghijklm',
    `
    .... #... .... ...# .... ..# .... #... # .# #... #. .....
    .... #... .... ...# .... .#. .... #... . .. #... #. .....
    .##. ###. .### .### .##. ### .### ###. # .# #..# #. ##.#.
    ...# #..# #... #..# #..# .#. #..# #..# # .# #.#. #. #.#.#
    .### #..# #... #..# #### .#. #..# #..# # .# ##.. #. #.#.#
    #..# #..# #... #..# #... .#. #..# #..# # .# #.#. #. #.#.#
    .### ###. .### .### .##. .#. .### #..# # .# #..# .# #.#.#
    .... .... .... .... .... ... ...# .... . .# .... .. .....
    .... .... .... .... .... ... .##. .... . #. .... .. .....
    `,
  ],
  [
    'nopqrstuvwxyz',
    `
    .... .... .... .... ... .... .#. .... ..... ..... ..... .... ....
    .... .... .... .... ... .... .#. .... ..... ..... ..... .... ....
    ###. .##. ###. .### #.# .### ### #..# #...# #...# #...# #..# ####
    #..# #..# #..# #..# ##. #... .#. #..# #...# #.#.# .#.#. #..# ...#
    #..# #..# #..# #..# #.. .##. .#. #..# #...# #.#.# ..#.. #..# .##.
    #..# #..# #..# #..# #.. ...# .#. #..# .#.#. #.#.# .#.#. #..# #...
    #..# .##. ###. .### #.. ###. ..# .### ..#.. .#.#. #...# .### ####
    .... .... #... ...# ... .... ... .... ..... ..... ..... ...# ....
    .... .... #... ...# ... .... ... .... ..... ..... ..... .##. ....
    `,
  ],
  [
    '0123456789',
    `
    .##. .#. .##. .##. ...#. #### .##. #### .##. .##.
    #..# ##. #..# #..# ..##. #... #... ...# #..# #..#
    #..# .#. ...# ...# .#.#. ###. #... ...# #..# #..#
    #..# .#. ..#. .##. #..#. ...# ###. ..#. .##. .###
    #..# .#. .#.. ...# ##### ...# #..# ..#. #..# ...#
    #..# .#. #... #..# ...#. #..# #..# .#.. #..# ...#
    .##. ### #### .##. ...#. .##. .##. .#.. .##. .##.
    .... ... .... .... ..... .... .... .... .... ....
    .... ... .... .... ..... .... .... .... .... ....
    `,
  ],
  [
    `!"#$%&'()*+,-./`,
    `
    # #.# .#.#. ..#.. ##..# .##.. # .# #. ..... ..... .. ... . ...#
    # #.# .#.#. .#### ##..# #..#. # #. .# ..#.. ..#.. .. ... . ...#
    # ... ##### #.#.. ...#. #.#.. . #. .# #.#.# ..#.. .. ... . ..#.
    # ... .#.#. .###. ..#.. .#... . #. .# .###. ##### .. ### . ..#.
    # ... ##### ..#.# .#... #.#.# . #. .# #.#.# ..#.. .. ... . .#..
    . ... .#.#. ####. #..## #..#. . #. .# ..#.. ..#.. .# ... . .#..
    # ... .#.#. ..#.. #..## .##.# . .# #. ..... ..... .# ... # #...
    . ... ..... ..... ..... ..... . .. .. ..... ..... #. ... . ....
    . ... ..... ..... ..... ..... . .. .. ..... ..... .. ... . ....
    `,
  ],
  [
    ':;<=>?@[\\]^_`{|}~',
    `
    . .. ... .... ... .##. .###. ## #... ## ..#.. .... #. .## # ##. .....
    . .. ..# .... #.. #..# #...# #. #... .# .#.#. .... .# .#. # .#. .....
    # .# .#. #### .#. ...# #.### #. .#.. .# #...# .... .. .#. # .#. .#...
    . .. #.. .... ..# ..#. #.#.# #. .#.. .# ..... .... .. #.. # ..# #.#.#
    . .. .#. #### .#. .#.. #.### #. ..#. .# ..... .... .. .#. # .#. ...#.
    . .# ..# .... #.. .... #.... #. ..#. .# ..... .... .. .#. # .#. .....
    # .# ... .... ... .#.. .#### ## ...# ## ..... #### .. .## # ##. .....
    . #. ... .... ... .... ..... .. .... .. ..... .... .. ... # ... .....
    . .. ... .... ... .... ..... .. .... .. ..... .... .. ... # ... .....
    `,
  ],
];

type Glyph = readonly string[];

const glyphs: ReadonlyMap<string, Glyph> = new Map(bands.flatMap(([characters, art]) => cutBand(characters, art)));
const unknown: Glyph = ['####', '#..#', '#..#', '#..#', '#..#', '#..#', '####', '....', '....'];
const space: Glyph = new Array<string>(textHeight).fill('.'.repeat(wordGap));

/** The width of a line of text in pixels; 0 for none. */
export function textWidth(text: string): number {
  let width = 0;
  for (const letter of text) width += glyphOf(letter)[0]!.length + letterGap;
  return Math.max(0, width - letterGap);
}

/**
 * Calls `plot` with every inked pixel of a line of text, `x` from 0 to `textWidth(text) − 1` and `y` from 0 to
 * `textHeight − 1`. A character outside printable ASCII is a hollow box.
 */
export function plotText(text: string, plot: (x: number, y: number) => void): void {
  let left = 0;
  for (const letter of text) {
    const glyph = glyphOf(letter);
    glyph.forEach((row, y) => {
      for (let x = 0; x < row.length; x++) if (row[x] === '#') plot(left + x, y);
    });
    left += glyph[0]!.length + letterGap;
  }
}

/** Writes a line of text into a picture, its top left corner at (left, top), each of its pixels a square of side `scale`. */
export function drawText(
  canvas: PixelImage,
  text: string,
  [left, top]: readonly [number, number],
  scale: number,
  ink: ArrayLike<number>,
): void {
  plotText(text, (x, y) => fillSquare(canvas, left + x * scale, top + y * scale, scale, ink));
}

/** A grey `colour` of one channel serves for all three. */
export function fillSquare(
  canvas: PixelImage,
  left: number,
  top: number,
  side: number,
  colour: ArrayLike<number>,
): void {
  const { pixels, width, channels } = canvas;
  for (let y = top; y < top + side; y++) {
    for (let x = left; x < left + side; x++) {
      for (let channel = 0; channel < channels; channel++) {
        pixels[(y * width + x) * channels + channel] = colour[channel % colour.length]!;
      }
    }
  }
}

function glyphOf(letter: string): Glyph {
  return letter === ' ' ? space : (glyphs.get(letter) ?? unknown);
}

function cutBand(characters: string, art: string): [string, Glyph][] {
  const rows = art
    .trim()
    .split('\n')
    .map((line) => line.trim().split(' '));
  return Array.from(characters, (letter, column) => [letter, rows.map((row) => row[column]!)]);
}
