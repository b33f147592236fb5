import { type SelectiveMap, selectivityHighlights } from '../../../core/inspection/highlights.ts';
import type { LayerMetrics, MapMetrics } from '../../../core/inspection/record.ts';
import { type Html, html } from '../../html.ts';
import { plural } from '../../numbers.ts';
import { roomFor } from '../../svg/axes.ts';
import { scatterPlot } from '../../svg/scatterPlot.ts';
import { decimals, points, withInterval } from '../format.ts';

const share = decimals(2);
const lost = points(2);

interface SelectivityScatter {
  readonly maps: readonly MapMetrics[];
  /** Tells maps from units. */
  readonly layers: readonly Pick<LayerMetrics, 'layer' | 'outputShape'>[];
  readonly classNames: readonly string[];
}

/** Each layer's maps: class selectivity against the test accuracy lost when the map is ablated. */
export function selectivityScatter({ maps, layers: depth, classNames }: SelectivityScatter): Html {
  const layers = [...new Set(maps.map(({ layer }) => layer))];
  const shown = maps.filter(isSelective);
  const isFlat = (layer: string) => depth.find((one) => one.layer === layer)?.outputShape.length === 1;
  if (shown.length === 0) return html``;
  const domain = roomFor(
    shown.flatMap(({ accuracyLost: { low, high } }) => [low, high]),
    [0],
  );
  return html`<p>Class selectivity does not imply importance. If it did, the points would rise to the right: the more selective a map, the more
accuracy its ablation would cost.</p>
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
  description: `Class selectivity of each ${noun} of ${layer} against the accuracy lost when it is ablated. ${words}`,
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
<figcaption>One point per ${noun} of ${layer}, with the 95 % interval of the accuracy lost; below 0 the accuracy rises when it is
ablated. <strong class="seen">${words}</strong>${
    without > 0 && ` ${plural(without, noun)} left out, with an undefined selectivity (dead).`
  }</figcaption></figure>
`;
}

function inWords(maps: readonly SelectiveMap[], noun: 'map' | 'unit'): string {
  const { costly, mostSelective, costliest } = selectivityHighlights(maps);
  const count = `For ${costly} of ${plural(maps.length, noun)} the interval is above 0.`;
  if (maps.length < 2) return count;
  const words = ({ channel, selectivity, accuracyLost }: SelectiveMap) =>
    `${noun} ${channel}: selectivity ${share(selectivity.value)}, ${lost(accuracyLost.value)} points lost`;
  if (mostSelective === costliest) return `${count} Most selective and costliest: ${words(mostSelective)}.`;
  return `${count} Most selective: ${words(mostSelective)}. Costliest: ${words(costliest)}.`;
}

function isSelective(map: MapMetrics): map is SelectiveMap {
  return map.selectivity !== null;
}
