import type { PixelImage } from '../../data/images.ts';
import { flattenOnWhite } from '../../data/photo/colour.ts';
import { areaAverage, fitInto } from '../../data/photo/resize.ts';
import { garmentPixels } from './garment.ts';
import { hexOf, type Lab, labOf, squaredDistance } from './lab.ts';
import { type ColourName, colourName } from './palette.ts';

/** A colour of a garment. */
export interface DominantColour {
  readonly name: ColourName;
  /** Of the garment's pixels. */
  readonly share: number;
  /** The mean of the lighter half of these pixels, since folds and shade make cloth darker than it is: CIELAB, D65. */
  readonly lab: Lab;
  /** The same as `#rrggbb`. */
  readonly hex: string;
}

export interface DominantColours {
  /** At most three, the largest share first; empty for a grey picture, which does not tell its garment's colour. */
  readonly colours: readonly DominantColour[];
}

/** Larger pictures are shrunk to this edge. */
const edge = 64;
const mostColours = 3;
/** The smallest share that is named beside the largest one. */
const leastShare = 0.1;
const firstClusters = 6;
const rounds = 8;
/** Clusters that are nearer are one colour under different light; light changes lightness, which therefore counts half. */
const sameColour = 14;

/** Pixels of one colour. */
interface Cluster {
  /** The mean of the lighter half of them. */
  readonly lab: Lab;
  readonly pixels: readonly Lab[];
}

/**
 * The dominant colours of the garment on a picture, without its background, with names of a small palette. The picture's
 * orientation, mirroring included, changes nothing, nor does the machine.
 * @param image [H, W, C], 8-bit sRGB; C is 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGB, alpha)
 * @throws SelvedgeError 'bad-image' where the values are no picture
 */
export function dominantColours(image: PixelImage): DominantColours {
  const flat = flattenOnWhite(image);
  if (flat.channels === 1) return { colours: [] };
  const isLarge = Math.max(flat.height, flat.width) > edge;
  const small = isLarge ? areaAverage(flat, fitInto(flat, { height: edge, width: edge })) : flat;
  const { pixels, height, width } = small;
  const colours: Lab[] = [];
  for (let at = 0; at < pixels.length; at += 3) colours.push(labOf(pixels[at]!, pixels[at + 1]!, pixels[at + 2]!));

  const garment = Array.from(garmentPixels({ height, width, colours }), (i) => colours[i]!);
  const named = oneOfEachName(merge(clusters(garment)));
  const shareOf = (cluster: Cluster) => cluster.pixels.length / garment.length;
  const found = named.filter((cluster, i) => i === 0 || shareOf(cluster) >= leastShare);
  return {
    colours: found.slice(0, mostColours).map((cluster) => ({
      name: colourName(cluster.lab),
      share: shareOf(cluster),
      lab: cluster.lab,
      hex: hexOf(cluster.lab),
    })),
  };
}

/** k-means (Lloyd 1982) from the mean and then the colour farthest from all centres so far; colours are sorted first, so their order does not matter. */
function clusters(unordered: readonly Lab[]): Cluster[] {
  const colours = unordered.toSorted(inOrder);
  let centres = [meanOf(colours)];
  const far = colours.map((colour) => squaredDistance(colour, centres[0]!));
  while (centres.length < firstClusters) {
    let farthest = 0;
    for (let i = 1; i < far.length; i++) if (far[i]! > far[farthest]!) farthest = i;
    if (far[farthest] === 0) break;
    const centre = colours[farthest]!;
    centres.push(centre);
    colours.forEach((colour, i) => {
      far[i] = Math.min(far[i]!, squaredDistance(colour, centre));
    });
  }
  let groups: Lab[][] = [];
  for (let round = 0; round < rounds; round++) {
    groups = centres.map(() => []);
    for (const colour of colours) groups[nearest(colour, centres)]!.push(colour);
    groups = groups.filter(({ length }) => length > 0);
    centres = groups.map(meanOf);
  }
  return groups.map(clusterOf);
}

function nearest(colour: Lab, centres: readonly Lab[]): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < centres.length; i++) {
    const distance = squaredDistance(colour, centres[i]!);
    if (distance < least) [best, least] = [i, distance];
  }
  return best;
}

/** Joins the two nearest clusters as long as they are the same colour. */
function merge(found: readonly Cluster[]): Cluster[] {
  const rest = [...found];
  for (;;) {
    let least = sameColour * sameColour;
    let pair: readonly [number, number] | undefined;
    for (let i = 0; i < rest.length; i++) {
      for (let j = 0; j < i; j++) {
        const distance = distanceInAnyLight(rest[i]!.lab, rest[j]!.lab);
        if (distance < least) [pair, least] = [[j, i], distance];
      }
    }
    if (!pair) return rest;
    const [[first, second], others] = [pair.map((i) => rest[i]!), rest.filter((_, i) => !pair.includes(i))];
    rest.splice(0, rest.length, joined(first!, second!), ...others);
  }
}

function distanceInAnyLight(one: Lab, other: Lab): number {
  return squaredDistance([one[0] / 2, one[1], one[2]], [other[0] / 2, other[1], other[2]]);
}

function oneOfEachName(found: readonly Cluster[]): Cluster[] {
  const byName = new Map<ColourName, Cluster>();
  for (const cluster of found) {
    const name = colourName(cluster.lab);
    const other = byName.get(name);
    byName.set(name, other ? joined(other, cluster) : cluster);
  }
  // Joined colours may have another name than their parts: a name comes twice only then, and joining goes on.
  const list = [...byName.values()].sort((a, b) => b.pixels.length - a.pixels.length || inOrder(a.lab, b.lab));
  const names = new Set(list.map(({ lab }) => colourName(lab)));
  return names.size < list.length ? oneOfEachName(list) : list;
}

function joined(one: Cluster, other: Cluster): Cluster {
  return clusterOf([...one.pixels, ...other.pixels].sort(inOrder));
}

/** @param pixels in order, at least one */
function clusterOf(pixels: readonly Lab[]): Cluster {
  return { lab: meanOf(pixels.slice(pixels.length >> 1)), pixels };
}

function meanOf(colours: readonly Lab[]): Lab {
  const sum = [0, 0, 0];
  for (const colour of colours) for (let i = 0; i < 3; i++) sum[i]! += colour[i]!;
  return [sum[0]! / colours.length, sum[1]! / colours.length, sum[2]! / colours.length];
}

function inOrder(one: Lab, other: Lab): number {
  return one[0] - other[0] || one[1] - other[1] || one[2] - other[2];
}
