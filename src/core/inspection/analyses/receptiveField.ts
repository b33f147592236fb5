import type { Layer } from '../../graph/layer.ts';
import { traitsOf } from '../../graph/layers/index.ts';
import type { Network } from '../../graph/network.ts';
import { paddingBefore } from '../../graph/window.ts';
import type { Box } from '../record.ts';

/** First and last row (or column). */
type Span = readonly [first: number, last: number];

/** The rows (axis 0) or columns (1) of a layer's input that a span of its output depends on. */
function inputSpan({ spec, inputShape, outputShape }: Layer, axis: 0 | 1, span: Span): Span {
  const { receptiveField: window } = traitsOf(spec);
  // A vector counts as one column.
  const end = (inputShape[axis] ?? 1) - 1;
  if (window === 'everything' || inputShape.length !== outputShape.length) return [0, end];
  if (window === 'samePosition') return span;
  const before = paddingBefore(window, end + 1, axis);
  const [first, last] = span.map((at) => at * window.strides[axis] - before) as [number, number];
  return [Math.max(0, first), Math.min(end, last + window.size[axis] - 1)];
}

/** The same of the network's input, through every branch; null where it depends on padding alone. */
function networkSpan({ execution }: Network, layer: Layer, axis: 0 | 1, span: Span): Span | null {
  const spans = new Map<Layer, Span>([[layer, span]]);
  for (const one of execution.slice(0, execution.indexOf(layer) + 1).reverse()) {
    const own = spans.get(one);
    if (!own || own[1] < own[0]) continue;
    for (const input of one.inputs) {
      const [first, last] = inputSpan(one, axis, own);
      const known = spans.get(input);
      if (first <= last)
        spans.set(input, known ? [Math.min(known[0], first), Math.max(known[1], last)] : [first, last]);
    }
  }
  return spans.get(execution[0]!) ?? null;
}

/**
 * The region of the input that a position of a layer depends on, through padding, strides and pooling, cut to the image;
 * height and width are 0 where it depends on padding alone. A flat layer, and any layer of a network with a flat input, depends
 * on everything.
 * @param position row and column of the layer's output [H, W, C]; any for flat layers
 * @param picture size of the input, which a network with a flat input does not know
 */
export function receptiveField(
  network: Network,
  name: string,
  { y, x }: { readonly y: number; readonly x: number },
  picture: { readonly height: number; readonly width: number },
): Box {
  const layer = network.layers.find((one) => one.name === name)!;
  const isFlat = [layer.outputShape, network.inputShape].some((shape) => shape.length !== 3);
  if (isFlat) return { y: 0, x: 0, height: picture.height, width: picture.width };
  const rows = networkSpan(network, layer, 0, [y, y]);
  const columns = networkSpan(network, layer, 1, [x, x]);
  if (!rows || !columns) return { y: 0, x: 0, height: 0, width: 0 };
  return { y: rows[0], x: columns[0], height: rows[1] - rows[0] + 1, width: columns[1] - columns[0] + 1 };
}
