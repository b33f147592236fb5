import type { Layer } from '../../../core/graph/layer.ts';
import { traitsOf } from '../../../core/graph/layers/index.ts';
import { buildNetwork } from '../../../core/graph/network.ts';
import type { Shape } from '../../../core/graph/shape.ts';
import type { LayerType } from '../../../core/graph/spec.ts';
import type { LayerTraits } from '../../../core/graph/traits.ts';
import { mostListedUnits } from '../../../core/inspection/overview.ts';
import type { InspectionRecord } from '../../../core/inspection/record.ts';
import { depthOf } from '../../../core/inspection/target.ts';
import { channelSources } from '../../../core/model/topology.ts';

/** A layer as the report draws it. */
export interface ReportLayer {
  readonly name: string;
  readonly type: LayerType;
  readonly activation: LayerTraits['activation'];
  readonly shape: Shape;
  /** Channels, or units of a flat layer. */
  readonly maps: number;
  /** Whether values can be below 0. */
  readonly signed: boolean;
  /** Flat layers: few units as bars, many as a grid of cells. */
  readonly drawn: 'picture' | 'maps' | 'cells' | 'bars';
  /** Columns of its sheet of maps. */
  readonly columns: number;
  /** The layer whose cards describe these maps: itself, or another with the same channels. */
  readonly cards: string | null;
  /** The convolution or dense layer whose outputs these maps are. */
  readonly source: Layer | null;
}

/** The layers along the depth, input first. */
export function reportLayers(record: InspectionRecord): readonly ReportLayer[] {
  const network = buildNetwork(record.model.spec);
  const withFigures = new Set(record.maps.map(({ layer }) => layer));
  const sources = channelSources(network);
  return depthOf(network, record.chosen).map(({ layer, nonNegative }) => {
    const { name, outputShape, spec } = layer;
    const maps = outputShape.at(-1)!;
    const isPicture = outputShape.length === 3;
    const source = sources.get(name) ?? null;
    const alike = network.layers.filter(
      (other) => source !== null && sources.get(other.name) === source && withFigures.has(other.name),
    );
    const drawn =
      layer.inputs.length === 0 ? 'picture' : isPicture ? 'maps' : maps <= mostListedUnits ? 'bars' : 'cells';
    return {
      name,
      type: spec.type,
      activation: traitsOf(spec).activation,
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

/** How many columns of a grid leave the fewest cells of its last row empty: at most `most`, at least three fifths of it. */
export function columnsFor(count: number, most: number): number {
  if (count <= most) return Math.max(1, count);
  const choices = Array.from({ length: most - Math.ceil(most * 0.6) + 1 }, (_, i) => most - i);
  const empty = (columns: number) => (columns - (count % columns)) % columns;
  return choices.reduce((best, columns) => (empty(columns) < empty(best) ? columns : best));
}

/** An element's id: names may hold any character. */
export function idOf(...parts: readonly (string | number)[]): string {
  return parts.join('-').replace(/[^\w-]/gu, (character) => `.${character.codePointAt(0)!.toString(16)}.`);
}
