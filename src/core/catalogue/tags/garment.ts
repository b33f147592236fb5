import { type Lab, squaredDistance } from './lab.ts';

/** A picture's colours, one after the other, row by row. */
export interface LabImage {
  readonly height: number;
  readonly width: number;
  readonly colours: readonly Lab[];
}

/** Terms of the surface: 1, x, y, x², xy, y². */
const terms = 6;
const fits = 3;
/** ΔE* within which a pixel counts as background; a textured background widens it, up to the second. */
const leastTolerance = 6;
const mostTolerance = 18;
/** Of the border's median distance from the surface. */
const widening = 3;
/** A smaller share of the picture, without background, is no garment: it has the background's own colour. */
const leastGarment = 0.02;
/** A share of the garment that must be left for its edge to be taken away. */
const leastInside = 0.3;

const [isGarment, isLike, isBackground] = [0, 1, 2];

/**
 * The pixels of the garment: those that cannot be reached from the border over pixels like the background. The background is a
 * smooth surface in CIELAB, fitted to the border, so that a gradient counts as one. Pixels at the garment's edge, mixed with
 * the background, are left out.
 *
 * A picture without a garment, and one whose garment has the colour of its background, is its middle: half its height and width.
 * @returns indices of pixels, ascending; at least one
 */
export function garmentPixels(image: LabImage): Uint32Array {
  const { height, width } = image;
  const kinds = backgroundOf(image);
  const inside = edgeless(kinds, height, width);
  const count = (list: Uint8Array) => list.reduce((sum, kind) => sum + (kind === isGarment ? 1 : 0), 0);
  const all = count(kinds);
  if (all < leastGarment * kinds.length) return middle(height, width);
  const chosen = count(inside) >= leastInside * all ? inside : kinds;
  return Uint32Array.from(chosen.keys()).filter((i) => chosen[i] === isGarment);
}

function middle(height: number, width: number): Uint32Array {
  const isMiddle = (at: number, length: number) => 4 * at + 2 >= length && 4 * at + 2 <= 3 * length;
  return Uint32Array.from({ length: height * width }, (_, i) => i).filter(
    (i) => isMiddle(Math.floor(i / width), height) && isMiddle(i % width, width),
  );
}

/** Each pixel's kind; holes that are smaller than the garment, as in a handle, are background too. */
function backgroundOf(image: LabImage): Uint8Array {
  const { height, width, colours } = image;
  const kinds = likeBackground(image);
  const border = borderPixels(height, width);
  flood(
    kinds,
    height,
    width,
    border.filter((i) => kinds[i] === isLike),
  );
  const garment = kinds.reduce((sum, kind) => sum + (kind === isGarment ? 1 : 0), 0);
  for (let i = 0; i < colours.length; i++) {
    if (kinds[i] !== isLike) continue;
    const hole = flood(kinds, height, width, [i]);
    if (hole.length * 2 > garment) for (const pixel of hole) kinds[pixel] = isGarment;
  }
  return kinds;
}

function borderPixels(height: number, width: number): number[] {
  return Array.from({ length: height * width }, (_, i) => i).filter((i) => {
    const [y, x] = [Math.floor(i / width), i % width];
    return y === 0 || x === 0 || y === height - 1 || x === width - 1;
  });
}

/** Turns what is reached from the given pixels over those like the background into background; returns it. */
function flood(kinds: Uint8Array, height: number, width: number, from: readonly number[]): number[] {
  const reached = [...from];
  for (const pixel of reached) kinds[pixel] = isBackground;
  for (let next = 0; next < reached.length; next++) {
    const pixel = reached[next]!;
    const [y, x] = [Math.floor(pixel / width), pixel % width];
    const visit = (neighbour: number) => {
      if (kinds[neighbour] !== isLike) return;
      kinds[neighbour] = isBackground;
      reached.push(neighbour);
    };
    if (x > 0) visit(pixel - 1);
    if (x < width - 1) visit(pixel + 1);
    if (y > 0) visit(pixel - width);
    if (y < height - 1) visit(pixel + width);
  }
  return reached;
}

/** Without the pixels that touch the background, sideways or diagonally. */
function edgeless(kinds: Uint8Array, height: number, width: number): Uint8Array {
  const inside = kinds.slice();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (kinds[y * width + x] !== isBackground) continue;
      for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++) {
        for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
          inside[row * width + column] = isBackground;
        }
      }
    }
  }
  return inside;
}

function likeBackground(image: LabImage): Uint8Array {
  const { height, width, colours } = image;
  const border = borderPixels(height, width);
  let used = border;
  let tolerance = leastTolerance;
  let surface = fitSurface(image, used);
  for (let fit = 1; fit < fits; fit++) {
    const far = border.map((i) => Math.sqrt(squaredDistance(colours[i]!, surface(i))));
    const median = far.slice().sort((one, other) => one - other)[far.length >> 1]!;
    tolerance = Math.min(mostTolerance, Math.max(leastTolerance, widening * median));
    used = border.filter((_, place) => far[place]! <= tolerance);
    surface = fitSurface(image, used);
  }
  return Uint8Array.from(colours, (colour, i) =>
    squaredDistance(colour, surface(i)) <= tolerance * tolerance ? isLike : isGarment,
  );
}

/**
 * The quadratic surface of least squares through some pixels' colours. Colours are rounded to 1/16 and places counted from the
 * middle, so that all sums are of integers: a mirrored picture has the mirrored surface, to the last bit.
 */
function fitSurface({ height, width, colours }: LabImage, pixels: readonly number[]): (pixel: number) => Lab {
  const basis = (pixel: number): number[] => {
    const x = 2 * (pixel % width) + 1 - width;
    const y = 2 * Math.floor(pixel / width) + 1 - height;
    return [1, x, y, x * x, x * y, y * y];
  };
  const rows = Array.from({ length: terms }, () => new Float64Array(terms + 3));
  for (const pixel of pixels) {
    const powers = basis(pixel);
    const colour = colours[pixel]!.map((value) => Math.floor(16 * value + 0.5));
    for (let i = 0; i < terms; i++) {
      for (let j = 0; j < terms; j++) rows[i]![j]! += powers[i]! * powers[j]!;
      for (let c = 0; c < 3; c++) rows[i]![terms + c]! += powers[i]! * colour[c]!;
    }
  }
  solve(rows);
  return (pixel) => {
    const powers = basis(pixel);
    const at = (c: number) => powers.reduce((sum, power, i) => sum + power * rows[i]![terms + c]!, 0) / 16;
    return [at(0), at(1), at(2)];
  };
}

/** Gauss–Jordan elimination without exchanges, as the matrix is positive definite; a term that the pixels do not determine is 0. */
function solve(rows: readonly Float64Array[]): void {
  const least = rows.map((row, i) => 1e-9 * row[i]!);
  rows.forEach((row, i) => {
    const pivot = row[i]!;
    const isDetermined = pivot > least[i]!;
    for (let j = 0; j < row.length; j++) row[j] = isDetermined ? row[j]! / pivot : 0;
    for (const other of rows) {
      if (other === row) continue;
      const factor = other[i]!;
      for (let j = i; j < row.length; j++) other[j]! -= factor * row[j]!;
    }
  });
}
