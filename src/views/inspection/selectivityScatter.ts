import type { LayerMetrics, MapMetrics } from '../../core/inspection/record.ts';
import { type Html, html } from '../html.ts';
import { plural } from '../numbers.ts';
import { roomFor } from '../svg/axes.ts';
import { scatterPlot } from '../svg/scatterPlot.ts';
import { decimals, points, withInterval } from './estimates.ts';

type SelectiveMap = MapMetrics & { readonly selectivity: NonNullable<MapMetrics['selectivity']> };

const share = decimals(2);
const lost = points(2);

interface SelectivityScatter {
  readonly maps: readonly MapMetrics[];
  /** Tells maps from units. */
  readonly layers: readonly Pick<LayerMetrics, 'layer' | 'outputShape'>[];
  readonly classNames: readonly string[];
}

/** Each layer's maps: how selective one is for a class against the test accuracy lost when it is removed. */
export function selectivityScatter({ maps, layers: depth, classNames }: SelectivityScatter): Html {
  const layers = [...new Set(maps.map(({ layer }) => layer))];
  const shown = maps.filter(isSelective);
  const isFlat = (layer: string) => depth.find((one) => one.layer === layer)?.outputShape.length === 1;
  if (shown.length === 0) return html``;
  const domain = roomFor(
    shown.flatMap(({ accuracyLost: { low, high } }) => [low, high]),
    [0],
  );
  return html`<p>Selectivity is not importance. If it were, the points would rise to the right: the more a map prefers one class, the
more accuracy its removal would cost.</p>
<div class="multiples">${layers.map((layer) => plot(layer, maps, domain, classNames, isFlat(layer) ? 'unit' : 'map'))}</div>`;
}

function plot(
  layer: string,
  maps: readonly MapMetrics[],
  domain: readonly [number, number],
  classNames: readonly string[],
  noun: 'map' | 'unit',
): Html | null {
  const all = maps.filter((map) => map.layer === layer);
  const own = all.filter(isSelective);
  if (own.length === 0) return null;
  const words = inWords(own, noun);
  const without = all.length - own.length;
  return html`<figure><h4>${layer}</h4>
${scatterPlot({
  description: `Class selectivity of each ${noun} of ${layer} against the accuracy lost when it is removed. ${words}`,
  x: { label: 'class selectivity', domain: [0, 1] },
  y: {
    label: 'accuracy lost, percentage points',
    domain,
    format: (value, digits) => (value * 100).toFixed(Math.max(0, digits - 2)),
  },
  points: own.map(({ channel, selectivity, accuracyLost }) => ({
    x: selectivity.value,
    y: accuracyLost,
    title: `${noun} ${channel}: selectivity ${share(selectivity.value)} for ${classNames[selectivity.label] ?? selectivity.label}, accuracy lost ${withInterval(accuracyLost, lost)} points`,
  })),
})}
<figcaption>One point is one ${noun} of ${layer}, with the 95 % interval of what its removal costs; below 0 the network does better without
it. <strong class="seen">${words}</strong>${
    without > 0 && ` ${plural(without, noun)} without a selectivity (0 ÷ 0: it never fires) left out.`
  }</figcaption></figure>
`;
}

function inWords(maps: readonly SelectiveMap[], noun: 'map' | 'unit'): string {
  const costly = maps.filter(({ accuracyLost }) => accuracyLost.low > 0).length;
  const count = `Of ${plural(maps.length, noun)}, ${costly} cost${costly === 1 ? 's' : ''} accuracy beyond the interval.`;
  if (maps.length < 2) return count;
  const selective = maps.reduce((best, map) => (map.selectivity.value > best.selectivity.value ? map : best));
  const dearest = maps.reduce((best, map) => (map.accuracyLost.value > best.accuracyLost.value ? map : best));
  if (selective === dearest) {
    return `${count} ${noun === 'map' ? 'Map' : 'Unit'} ${selective.channel} is both the most selective (${share(selective.selectivity.value)}) and the costliest, ${lost(selective.accuracyLost.value)} points.`;
  }
  return (
    `${count} The most selective, ${noun} ${selective.channel} at ${share(selective.selectivity.value)}, costs ${lost(selective.accuracyLost.value)} points; ` +
    `the costliest, ${noun} ${dearest.channel} with ${lost(dearest.accuracyLost.value)} points, has a selectivity of ${share(dearest.selectivity.value)}.`
  );
}

function isSelective(map: MapMetrics): map is SelectiveMap {
  return map.selectivity !== null;
}
