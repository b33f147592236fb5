import type { Layer, LayerContext, StageDefinition } from '../graph/layer.ts';
import { type DenseTail, denseBackward, denseForward } from '../graph/layers/dense.ts';
import { keepIn65536, maskBytes } from '../graph/layers/dropout.ts';
import { sides } from '../graph/layers/zeroPadding2d.ts';
import { pair, type Shape, sizeOf } from '../graph/shape.ts';
import type { Conv2dSpec, DenseSpec, DropoutSpec, LayerSpec, LayerType } from '../graph/spec.ts';

/**
 * A row of the rewrite table: layers that one fused step can stand for, each way. The first is the one that learns.
 * A rule applies only where the fused step gives the layers' own results, but for rounding.
 */
interface FusionRule {
  /** Types in order; those with a question mark may be missing. */
  readonly pattern: readonly (LayerType | `${LayerType}?`)[];
  applies(layers: readonly Layer[]): boolean;
  readonly stage: StageDefinition;
}

function specOf<T extends LayerType>(layers: readonly Layer[], type: T): Extract<LayerSpec, { type: T }> | undefined {
  return layers.find((layer) => layer.spec.type === type)?.spec as Extract<LayerSpec, { type: T }> | undefined;
}

/** Dropout's mask, drawn by a step of its own, and what the fused step needs to know of it; address 0 where there is none. */
function dropoutOf(c: LayerContext<LayerSpec>): { mask: number; scale: number; bytes: number } {
  const layer = c.layers.find(({ spec }) => spec.type === 'dropout') as Layer<DropoutSpec> | undefined;
  if (!layer || !c.dropout) return { mask: 0, scale: 1, bytes: 0 };
  const bytes = maskBytes(sizeOf(layer.inputShape));
  return { mask: c.buffer('mask', bytes), scale: 1 / (1 - layer.spec.rate), bytes };
}

function drawMask(c: LayerContext<LayerSpec>): void {
  const { mask, bytes } = dropoutOf(c);
  const layer = c.layers.find(({ spec }) => spec.type === 'dropout') as Layer<DropoutSpec> | undefined;
  if (!mask || !layer) return;
  c.emit({
    kernel: 'dropoutMask',
    args: [mask, c.samples, c.randomContext, c.indexOf(layer), keepIn65536(layer.spec), bytes],
    units: 'images',
    grain: 4,
    moving: [[1, 4]],
  });
}

/** Sizes of conv2d → relu → dropout → maxPooling2d → zeroPadding2d, in the shape alphabet of the house. */
function convPoolGeometry(c: LayerContext<LayerSpec>) {
  const conv = c.layer as Layer<Conv2dSpec>;
  const [H, W, C] = conv.inputShape as [number, number, number];
  const [, OW, K] = conv.outputShape as [number, number, number];
  const [R, S] = pair(conv.spec.kernelSize);
  const [sy, sx] = pair(conv.spec.strides ?? 1);
  const pooled = c.layers.find(({ spec }) => spec.type === 'maxPooling2d')!;
  const [PH, PW] = pooled.outputShape as [number, number, number];
  const padding = specOf(c.layers, 'zeroPadding2d');
  const { top, left } = padding ? sides(padding) : { top: 0, left: 0 };
  const out: Shape = c.layers.at(-1)!.outputShape;
  const line = out[1]! * K;
  return {
    ...{ H, W, C, K, R, S, sy, sx, OW, PH, PW, line },
    image: sizeOf(out),
    D: R * S * C,
    /** Bytes from the padded picture's start to its first pooled value; the border is zero from the beginning, and stays so. */
    inside: (top * line + left * K) * 4,
    /** Winograd's transforms pay where there are channels to share them, and the kernel takes them by fours. */
    winograd: R === 3 && S === 3 && sy === 1 && sx === 1 && C % 4 === 0 && C >= 8,
    codes: PH * PW * K,
  };
}

const convPool: StageDefinition = {
  forward(c) {
    const g = convPoolGeometry(c);
    drawMask(c);
    const { mask, scale, bytes } = dropoutOf(c);
    const panels = Math.ceil(g.K / 8);
    const kernel = c.parameter('kernel');
    const winners = c.dy ? c.buffer('winners', g.codes) : 0;
    const common = [c.parameter('bias'), c.y + g.inside, winners, mask, scale, bytes, g.H, g.W, g.C, g.K];
    if (g.winograd) {
      const u = c.derived('winograd', panels * 16 * g.C * 8 * 4, (to) => [
        { kernel: 'packWinograd', args: [kernel, to, g.C, g.K], units: panels, grain: 1 },
      ]);
      c.scratch(g.C * 256 + 2048 + 1024 + 64);
      c.emit({
        kernel: 'convPoolWinograd',
        args: [c.x, u, ...common, g.OW, g.PH, g.PW, g.line, g.image],
        units: { perImage: (g.PH * g.PW) / 4 },
        grain: 8,
      });
    } else {
      const columns = c.derived('columns', panels * g.D * 8 * 4, (to) => [
        { kernel: 'packColumns', args: [kernel, to, g.D, g.K], units: panels, grain: 1 },
      ]);
      c.scratch(g.D * 16);
      c.emit({
        kernel: 'convPoolDirect',
        args: [c.x, columns, ...common, g.R, g.S, g.sy, g.sx, g.OW, g.PH, g.PW, g.line, g.image],
        units: 'images',
        grain: 1,
      });
    }
  },
  backward(c) {
    const g = convPoolGeometry(c);
    const { scale } = dropoutOf(c);
    const winners = c.buffer('winners', g.codes);
    const drows = c.fixedBuffer('drows', g.K * g.D * 4);
    const dy = c.dy + g.inside;
    const sizes = [g.H, g.W, g.C, g.K, g.R, g.S, g.sy, g.sx, g.PH, g.PW, g.line, g.image];
    // Blocks of filters share the reading of an image; small ones leave work for more threads.
    const block = g.K >= 64 ? 8 : 4;
    c.scratch((g.PH * g.PW + 1) * 8);
    c.before({ kernel: 'zeroFill', args: [drows], units: g.K * g.D, grain: 4096 });
    c.emit({
      kernel: 'convPoolBackwardWeights',
      args: [c.x, dy, winners, drows, c.gradient('bias'), scale, block, ...sizes],
      units: Math.ceil(g.K / block),
      grain: 1,
    });
    c.after({ kernel: 'transpose', args: [drows, c.gradient('kernel'), g.K, g.D], units: g.D, grain: 64 });
    if (!c.dx) return;
    const kernel = c.parameter('kernel');
    const rows = c.derived('rows', g.K * g.D * 4, (to) => [
      { kernel: 'transpose', args: [kernel, to, g.D, g.K], units: g.K, grain: 16 },
    ]);
    c.emit({
      kernel: 'convPoolBackwardInput',
      args: [dy, winners, rows, c.dx, scale, ...sizes],
      units: 'images',
      grain: 1,
    });
  },
};

function denseTail(c: LayerContext<LayerSpec>): DenseTail {
  const { mask, scale, bytes } = dropoutOf(c);
  return { relu: true, mask, scale, maskBytes: bytes };
}

const denseRelu: StageDefinition = {
  forward(c) {
    drawMask(c);
    denseForward(c as LayerContext<DenseSpec>, denseTail(c));
  },
  backward: (c) => denseBackward(c as LayerContext<DenseSpec>, denseTail(c)),
};

/** Max pooling of 2×2 windows that neither overlap nor leave gaps: the window is the register tile. */
function poolsByTwo(layers: readonly Layer[]): boolean {
  const pool = specOf(layers, 'maxPooling2d')!;
  const size = pair(pool.poolSize ?? 2);
  const strides = pair(pool.strides ?? size);
  return [...size, ...strides].every((n) => n === 2);
}

const rules: readonly FusionRule[] = [
  { pattern: ['conv2d', 'relu', 'dropout?', 'maxPooling2d', 'zeroPadding2d?'], applies: poolsByTwo, stage: convPool },
  { pattern: ['dense', 'relu', 'dropout?'], applies: () => true, stage: denseRelu },
];

/** How many layers from `start` on match the pattern; 0 where they do not. */
function matchLength(pattern: FusionRule['pattern'], layers: readonly Layer[], start: number): number {
  let at = start;
  for (const entry of pattern) {
    const type = layers[at]?.spec.type;
    if (type === entry.replace('?', '')) at++;
    else if (!entry.endsWith('?')) return 0;
  }
  return at - start;
}

/** The fused stage that begins at layer `start`, if any. */
export function fusedStage(
  layers: readonly Layer[],
  start: number,
): { layers: readonly Layer[]; definition: StageDefinition } | undefined {
  for (const { pattern, applies, stage } of rules) {
    const matched = layers.slice(start, start + matchLength(pattern, layers, start));
    if (matched.length > 0 && applies(matched)) return { layers: matched, definition: stage };
  }
  return undefined;
}
