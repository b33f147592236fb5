import { buildNetwork } from '../../core/graph/graph.ts';
import type { Layer } from '../../core/graph/layer.ts';
import type { Shape } from '../../core/graph/shape.ts';
import type { LayerType } from '../../core/graph/spec.ts';
import type { InspectionRecord } from '../../core/inspection/record.ts';
import { depthOf } from '../../core/inspection/target.ts';

/** Flat layers of at most so many units are drawn as bars, wider ones as a grid of cells. */
const mostBars = 16;

/** A layer as the report draws it. */
export interface ReportLayer {
  readonly name: string;
  readonly type: LayerType;
  readonly shape: Shape;
  /** Channels, or units of a flat layer. */
  readonly maps: number;
  /** Whether values can be below 0. */
  readonly signed: boolean;
  readonly drawn: 'picture' | 'maps' | 'cells' | 'bars';
  /** Maps in a row of its sheet. */
  readonly columns: number;
  /** The layer whose cards tell of these maps: itself, or one after the same convolution with the same channels. */
  readonly cards: string | null;
  /** The convolution or dense layer whose outputs these maps are. */
  readonly source: Layer | null;
}

/** The layers along the depth, input first. */
export function reportLayers(record: InspectionRecord): readonly ReportLayer[] {
  const network = buildNetwork(record.model.spec);
  const withFigures = new Set(record.maps.map(({ layer }) => layer));
  const sources = sourcesOf(network.layers);
  return depthOf(network).map(({ layer, nonNegative }) => {
    const { name, outputShape, spec } = layer;
    const maps = outputShape.at(-1)!;
    const isPicture = outputShape.length === 3;
    const source = sources.get(name) ?? null;
    const alike = network.layers.filter(
      (other) => source !== null && sources.get(other.name) === source && withFigures.has(other.name),
    );
    const drawn = spec.type === 'input' ? 'picture' : isPicture ? 'maps' : maps <= mostBars ? 'bars' : 'cells';
    return {
      name,
      type: spec.type,
      shape: outputShape,
      maps,
      signed: !nonNegative,
      drawn,
      columns: columnsFor(maps, isPicture && maps <= 64 ? 8 : 16),
      cards: withFigures.has(name) ? name : (alike[0]?.name ?? null),
      source,
    };
  });
}

/** For each layer the one that made its channels; flattening mixes them with places, so there it ends. */
function sourcesOf(layers: readonly Layer[]): ReadonlyMap<string, Layer | null> {
  let source: Layer | null = null;
  return new Map(
    layers.map((layer) => {
      const { type } = layer.spec;
      if (type === 'conv2d' || type === 'dense') source = layer;
      if (type === 'flatten') source = null;
      return [layer.name, source];
    }),
  );
}

/** How many columns of a grid leave the fewest cells of its last row empty: at most `most`, at least three fifths of it. */
export function columnsFor(count: number, most: number): number {
  if (count <= most) return Math.max(1, count);
  const choices = Array.from({ length: most - Math.ceil(most * 0.6) + 1 }, (_, i) => most - i);
  const empty = (columns: number) => (columns - (count % columns)) % columns;
  return choices.reduce((best, columns) => (empty(columns) < empty(best) ? columns : best));
}

/** The address in the page of a map's card, of a layer, …: names may hold any character. */
export function idOf(...parts: readonly (string | number)[]): string {
  return parts.join('-').replace(/[^\w-]/gu, (character) => `.${character.codePointAt(0)!.toString(16)}.`);
}

/** Three figures: "0.0123", "12.3", "1.2e-6"; "–" for what is not a number. */
export function amount(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const text = value === 0 ? '0' : Math.abs(value) >= 1000 ? value.toFixed(0) : value.toPrecision(3);
  return text.replaceAll('-', '−');
}
