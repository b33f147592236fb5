import type { PixelImage } from '../data/images.ts';
import type { Layer } from '../graph/layer.ts';
import type { Shape } from '../graph/shape.ts';
import { pearson } from './measures/correlation.ts';
import type { ImageLayerMetrics, InspectedImage, Overview, OverviewLayer, RecordedActivations } from './record.ts';
import type { DepthLayer } from './target.ts';

/** Flat layers of at most this many units are recorded number by number. */
export const mostListedUnits = 16;
/** Maps of a layer that the overview shows at most. */
const mostShownMaps = 8;

/** The metrics of each layer along the depth for one image. */
export function imageLayers(depth: readonly DepthLayer[], { layers }: RecordedActivations): ImageLayerMetrics[] {
  return depth.flatMap(({ layer: { name, outputShape } }) => {
    const values = layers.get(name);
    if (!values) return [];
    const isListed = outputShape.length === 1 && values.length <= mostListedUnits;
    const listed = isListed ? Array.from(values, (value) => (Number.isFinite(value) ? value : null)) : null;
    return [{ layer: name, largest: largestMagnitude(values), values: listed }];
  });
}

/** The largest |value|; what is not finite does not count. */
export function largestMagnitude(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    if (size > largest && Number.isFinite(size)) largest = size;
  }
  return largest;
}

/** One image at the first, the middle and the last hidden layer; null where no image was inspected. */
export function overviewOf(
  depth: readonly DepthLayer[],
  images: readonly Omit<InspectedImage, 'layers'>[],
  pictures: readonly PixelImage[],
  activations: readonly RecordedActivations[],
): Overview | null {
  if (images.length === 0) return null;
  const image = firstImage(images, pictures);
  const layers = threeLayers(depth).map(([position, { layer }]) =>
    overviewLayer(position, layer, activations[image]!.layers.get(layer.name)!, pictures[image]!),
  );
  return { image, layers };
}

/** Of the images that were classified correctly, or else of all, the one whose values have the largest variance. */
function firstImage(images: readonly Omit<InspectedImage, 'layers'>[], pictures: readonly PixelImage[]): number {
  const all = images.map((_, i) => i);
  const correct = all.filter((i) => {
    const { source, predicted } = images[i]!;
    return source.kind === 'test' && source.label === predicted;
  });
  const variances = pictures.map(({ pixels }) => {
    const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
    return pixels.reduce((sum, value) => sum + (value - mean) ** 2, 0) / pixels.length;
  });
  return (correct.length > 0 ? correct : all).reduce((best, i) => (variances[i]! > variances[best]! ? i : best));
}

/** The first, the middle and the last hidden layer: of the outputs of ReLUs where there are three, else of all hidden layers. */
export function threeLayers(depth: readonly DepthLayer[]): (readonly [OverviewLayer['position'], DepthLayer])[] {
  const hidden = depth.slice(1, -1);
  const rectified = hidden.filter(({ afterRelu }) => afterRelu);
  const pool = rectified.length >= 3 ? rectified : hidden;
  const first = rectified[0] ?? pool[0];
  const last = rectified.at(-1) ?? pool.at(-1);
  const between = pool.slice(pool.indexOf(first!) + 1, pool.indexOf(last!));
  const middle = between[Math.floor((between.length - 1) / 2)];
  const chosen = { first, middle, last: last === first ? undefined : last } as const;
  return (['first', 'middle', 'last'] as const).flatMap((position) => {
    const layer = chosen[position];
    return layer ? [[position, layer] as const] : [];
  });
}

function overviewLayer(
  position: OverviewLayer['position'],
  { name, outputShape: shape }: Layer,
  values: Float32Array,
  picture: PixelImage,
): OverviewLayer {
  const maps = shape.at(-1)!;
  const active = new Set<number>();
  const [sums, squares] = [new Float64Array(maps), new Float64Array(maps)];
  let zeros = 0;
  for (const [i, value] of values.entries()) {
    if (value === 0) zeros++;
    else if (Number.isFinite(value)) active.add(i % maps);
    sums[i % maps]! += value;
    squares[i % maps]! += value ** 2;
  }
  const spread = squares.map((square, c) => square - (sums[c]! ** 2 * maps) / values.length);
  const order = Array.from(spread, (_, c) => c).sort((a, b) => spread[b]! - spread[a]!);
  const isPicture = shape.length === 3;
  return {
    position,
    layer: name,
    activeMaps: active.size,
    zeroFraction: zeros / values.length,
    correlation: isPicture ? inputCorrelation(values, shape, picture) : null,
    shownMaps: isPicture ? order.slice(0, mostShownMaps).sort((a, b) => a - b) : [],
  };
}

/**
 * |r| between a layer's maps and the input: Pearson's correlation of a map with the image's mean over channels, averaged
 * down to the map's size. Maps that do not vary are left out; null where none does, or the image does not.
 * @param values [H, W, C]
 */
export function inputCorrelation(
  values: ArrayLike<number>,
  shape: Shape,
  picture: PixelImage,
): OverviewLayer['correlation'] {
  const [height, width, maps] = shape as [number, number, number];
  const small = shrink(picture, height, width);
  const sizes: number[] = [];
  for (let c = 0; c < maps; c++) {
    const r = pearson(
      small,
      Float64Array.from(small, (_, i) => values[i * maps + c]!),
    );
    if (r !== null) sizes.push(Math.abs(r));
  }
  sizes.sort((a, b) => a - b);
  const [low, high] = [sizes[(sizes.length - 1) >> 1], sizes[sizes.length >> 1]];
  return low === undefined || high === undefined ? null : { highest: sizes.at(-1)!, median: (low + high) / 2 };
}

function shrink({ pixels, height, width, channels }: PixelImage, toHeight: number, toWidth: number): Float64Array {
  const sums = new Float64Array(toHeight * toWidth);
  const counts = new Float64Array(toHeight * toWidth);
  // Over the finer of the two grids, so that every cell gets something whichever is larger.
  const rows = Math.max(height, toHeight);
  const columns = Math.max(width, toWidth);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const from = (Math.floor((y * height) / rows) * width + Math.floor((x * width) / columns)) * channels;
      const to = Math.floor((y * toHeight) / rows) * toWidth + Math.floor((x * toWidth) / columns);
      for (let c = 0; c < channels; c++) sums[to]! += pixels[from + c]!;
      counts[to]! += channels;
    }
  }
  return sums.map((sum, i) => sum / counts[i]!);
}
