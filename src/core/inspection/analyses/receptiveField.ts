import type { Network } from '../../graph/graph.ts';
import type { Layer } from '../../graph/layer.ts';
import { traitsOf } from '../../graph/layers/index.ts';
import { inputsOf } from '../../model/topology.ts';
import type { Box } from '../record.ts';

/** First and last row (or column). */
type Span = readonly [first: number, last: number];
type Spans = readonly [rows: Span, columns: Span];

/** The rows and columns of a layer's input that a region of its output depends on; empty where last < first. */
function inputSpans({ spec, inputShape }: Layer, spans: Spans): Spans {
  const { receptiveField: window } = traitsOf(spec);
  if (window === 'samePosition') return spans;
  if (window === 'everything') return [wholeOf(inputShape[0]!), wholeOf(inputShape[1]!)];
  const span = (axis: 0 | 1): Span => {
    const [first, last] = spans[axis].map((position) => position * window.strides[axis] - window.before[axis]) as [
      number,
      number,
    ];
    return [Math.max(0, first), Math.min(inputShape[axis]! - 1, last + window.size[axis] - 1)];
  };
  return [span(0), span(1)];
}

function wholeOf(extent: number): Span {
  return [0, extent - 1];
}

/**
 * The region of the input that a position of a layer depends on, through padding, strides and pooling, cut to the image;
 * height and width are 0 where it depends on padding alone. A flat layer depends on everything.
 * @param position row and column of the layer's output [H, W, C]; any for flat layers
 * @param picture size of the input, which a network with a flat input does not know
 */
export function receptiveField(
  network: Network,
  name: string,
  position: { readonly y: number; readonly x: number },
  picture: { readonly height: number; readonly width: number },
): Box {
  const start = network.layers.find((layer) => layer.name === name)!;
  if (start.outputShape.length !== 3) return { y: 0, x: 0, height: picture.height, width: picture.width };
  const reach = (layer: Layer, spans: Spans): Box[] => {
    const [[top, bottom], [left, right]] = spans;
    if (bottom < top || right < left) return [];
    const inputs = inputsOf(network, layer);
    if (inputs.length === 0) return [{ y: top, x: left, height: bottom - top + 1, width: right - left + 1 }];
    return inputs.flatMap((input) => reach(input, inputSpans(layer, spans)));
  };
  const { y, x } = position;
  return union(
    reach(start, [
      [y, y],
      [x, x],
    ]),
  );
}

function union(boxes: readonly Box[]): Box {
  if (boxes.length === 0) return { y: 0, x: 0, height: 0, width: 0 };
  const [y, x] = [Math.min(...boxes.map((box) => box.y)), Math.min(...boxes.map((box) => box.x))];
  return {
    y,
    x,
    height: Math.max(...boxes.map((box) => box.y + box.height)) - y,
    width: Math.max(...boxes.map((box) => box.x + box.width)) - x,
  };
}
