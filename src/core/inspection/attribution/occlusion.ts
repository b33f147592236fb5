import { sizeOf } from '../../graph/shape.ts';
import type { Forward } from './forward.ts';
import { type Picture, pictureOf } from './places.ts';
import type { Size } from './resize.ts';

export interface OcclusionWindow {
  readonly size: Size;
  readonly strides: Size;
  /** The value inside the window; default: black. */
  readonly baseline?: number;
}

/** A seventh of the picture each way, moved by half a window. */
export function defaultWindow({ H, W }: Picture): OcclusionWindow {
  const size: Size = [Math.max(1, Math.round(H / 7)), Math.max(1, Math.round(W / 7))];
  return { size, strides: [Math.ceil(size[0] / 2), Math.ceil(size[1] / 2)] };
}

/**
 * The decrease of the target's score when a window of the image, in all channels, is covered (Zeiler & Fergus,
 * "Visualizing and understanding convolutional networks", 2014): for each pixel the mean over the windows that cover it.
 * Windows start at multiples of the strides until every pixel is covered; the last may extend past the edge.
 * @param x [N, …inputShape]
 * @returns N times [H, W]
 */
export async function occlusion(
  forward: Forward,
  x: Float32Array,
  targetClasses: readonly number[],
  window: OcclusionWindow,
): Promise<Float64Array[]> {
  const picture = pictureOf(forward.network);
  const places = windowsOf(picture, window);
  const size = sizeOf(forward.network.inputShape);
  const Y = sizeOf(forward.network.outputShape);
  const maps: Float64Array[] = [];
  for (const [n, target] of targetClasses.entries()) {
    const one = x.subarray(n * size, (n + 1) * size);
    // The unchanged image, then one copy for each window.
    const copies = new Float32Array((places.length + 1) * size);
    copies.set(one);
    for (const [p, pixels] of places.entries()) {
      const at = (p + 1) * size;
      copies.set(one, at);
      for (const pixel of pixels) {
        const start = at + pixel * picture.C;
        copies.fill(window.baseline ?? 0, start, start + picture.C);
      }
    }
    const scores = await forward.run(copies);
    const sum = new Float64Array(picture.H * picture.W);
    const covered = new Float64Array(sum.length);
    for (const [p, pixels] of places.entries()) {
      const drop = scores[target]! - scores[(p + 1) * Y + target]!;
      for (const pixel of pixels) {
        sum[pixel]! += drop;
        covered[pixel]!++;
      }
    }
    maps.push(sum.map((drops, i) => drops / covered[i]!));
  }
  return maps;
}

/** The pixels of every window, row-major. */
function windowsOf({ H, W }: Picture, { size, strides }: OcclusionWindow): number[][] {
  const starts = (extent: number, side: number, stride: number) =>
    Array.from({ length: Math.max(0, Math.ceil((extent - side) / stride)) + 1 }, (_, i) => i * stride);
  const span = (start: number, side: number, extent: number) =>
    Array.from({ length: Math.min(side, extent - start) }, (_, i) => start + i);
  return starts(H, size[0], strides[0]).flatMap((top) =>
    starts(W, size[1], strides[1]).map((left) =>
      span(top, size[0], H).flatMap((y) => span(left, size[1], W).map((column) => y * W + column)),
    ),
  );
}
