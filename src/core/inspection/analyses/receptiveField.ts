import type { Network } from '../../graph/graph.ts';
import { sides } from '../../graph/layers/zeroPadding2d.ts';
import { pair } from '../../graph/shape.ts';
import type { LayerSpec } from '../../graph/spec.ts';
import type { Box } from '../record.ts';

/** First and last row (or column). */
type Span = readonly [first: number, last: number];

/** What of a layer's input, `extent` long on this axis (0 height, 1 width), a span of its output sees. */
function inputSpan(spec: LayerSpec, axis: 0 | 1, extent: number, [first, last]: Span): Span {
  switch (spec.type) {
    case 'zeroPadding2d': {
      const { top, left } = sides(spec);
      const before = axis === 0 ? top : left;
      return [Math.max(0, first - before), Math.min(extent - 1, last - before)];
    }
    case 'conv2d': {
      const stride = pair(spec.strides ?? 1)[axis];
      return [first * stride, last * stride + pair(spec.kernelSize)[axis] - 1];
    }
    case 'maxPooling2d': {
      const size = pair(spec.poolSize ?? 2);
      const stride = pair(spec.strides ?? size)[axis];
      return [first * stride, last * stride + size[axis] - 1];
    }
    default:
      return [first, last];
  }
}

/**
 * What of the input a position of a layer sees, through padding, strides and pooling, cut to the picture; height and width
 * are 0 where it sees padding alone. A flat layer sees everything.
 * @param position row and column of the layer's output [H, W, C]; flat layers need none
 * @param picture size of the input, which a network with a flat input does not know
 */
export function receptiveField(
  network: Network,
  layer: string,
  position: { readonly y: number; readonly x: number },
  picture: { readonly height: number; readonly width: number },
): Box {
  const at = network.layers.findIndex(({ name }) => name === layer);
  if (network.layers[at]!.outputShape.length !== 3) {
    return { y: 0, x: 0, height: picture.height, width: picture.width };
  }
  let rows: Span = [position.y, position.y];
  let columns: Span = [position.x, position.x];
  for (let i = at; i > 0; i--) {
    const { spec, inputShape } = network.layers[i]!;
    rows = inputSpan(spec, 0, inputShape[0]!, rows);
    columns = inputSpan(spec, 1, inputShape[1]!, columns);
    if (rows[1] < rows[0] || columns[1] < columns[0]) return { y: 0, x: 0, height: 0, width: 0 };
  }
  return { y: rows[0], x: columns[0], height: rows[1] - rows[0] + 1, width: columns[1] - columns[0] + 1 };
}
