import { SelvedgeError } from '../errors.ts';
import type { Layer } from '../graph/layer.ts';
import { traitsOf } from '../graph/layers/index.ts';
import { type Network, readersOf } from '../graph/network.ts';
import { lastDense } from '../model/topology.ts';
import { mostSimilar } from '../similar.ts';
import { ablationCost } from './analyses/ablation.ts';
import { mapLayers } from './analyses/maps.ts';
import { convolutionsOf } from './attribution/places.ts';
import { depthOf, isLarge, type LayerChoice } from './target.ts';

/** Multiply-adds an image for ablating all maps of a layer in turn, at most. */
const mostAblation = 1.5e9;
/** Convolutions at which evidence is computed, at most. */
const mostExplained = 4;

/**
 * The layers to look at; undefined for all of them.
 * @param given names, or all; the default is `defaultLayers`
 * @throws SelvedgeError 'bad-option' as `chooseLayers` does
 */
export function layersFor(network: Network, given: readonly string[] | 'all' | undefined): LayerChoice | undefined {
  if (given === 'all') return undefined;
  return given ? { given, ...chooseLayers(network, given) } : defaultLayers(network);
}

/**
 * The named layers, with the input and the output.
 * @throws SelvedgeError 'bad-option' for a name that is not one of a layer along the depth
 */
function chooseLayers(network: Network, names: readonly string[]): LayerChoice {
  const along = depthOf(network).map(({ layer }) => layer.name);
  for (const name of names) {
    if (along.includes(name)) continue;
    const meant = mostSimilar(name, along);
    throw new SelvedgeError(
      'bad-option',
      `The network has no layer ${name} to inspect${meant === undefined ? '' : ` (did you mean ${meant}?)`}; selvedge summary lists its layers.`,
    );
  }
  const isNamed = (name: string) => names.includes(name);
  return {
    measured: along.filter((name, i) => i === 0 || i === along.length - 1 || isNamed(name)),
    maps: mapLayers(network).flatMap(({ layer, source }) =>
      isNamed(layer.name) || isNamed(source.name) ? [layer.name] : [],
    ),
    explained: convolutionsOf(network).flatMap(({ convolution, maps }) =>
      isNamed(maps.name) || isNamed(convolution.name) ? [convolution.name] : [],
    ),
  };
}

/**
 * What is looked at by default: everything, or, where that would be too much, the ends of blocks. A block ends where branches join, or
 * where an output is read twice; its last ReLU is measured too. Of these, maps are ablated where that is cheap, and evidence is
 * computed at a few convolutions from the first to the last.
 */
function defaultLayers(network: Network): LayerChoice | undefined {
  if (!isLarge(network)) return undefined;
  const depth = depthOf(network).map(({ layer }) => layer);
  const isRectifier = ({ spec }: Layer) => traitsOf(spec).activation === 'rectifier';
  const isEnd = (layer: Layer) => layer.inputs.length > 1 || readersOf(network, layer).length > 1;
  const last = lastDense(network);
  const measured = new Set<Layer>();
  let rectifier: Layer | undefined;
  for (const layer of depth.slice(1)) {
    if (isRectifier(layer)) rectifier = layer;
    const isHidden = last !== undefined && (layer === last || last.inputs.includes(layer));
    if (!isEnd(layer) && !isHidden) continue;
    measured.add(layer);
    if (rectifier) measured.add(rectifier);
    rectifier = undefined;
  }
  const convolutions = convolutionsOf(network);
  const first = convolutions[0]?.maps;
  if (first) measured.add(first);
  const names = depth.filter((layer) => measured.has(layer)).map(({ name }) => name);
  const choice = chooseLayers(network, names);
  return {
    measured: choice.measured,
    maps: mapLayers(network)
      .filter((map) => choice.maps.includes(map.layer.name) && ablationCost(network, map) <= mostAblation)
      .map(({ layer }) => layer.name),
    explained: evenly(choice.explained, mostExplained),
  };
}

/** At most `most` of a list, evenly spaced, the first and the last among them. */
function evenly<T>(list: readonly T[], most: number): readonly T[] {
  if (list.length <= most) return list;
  return Array.from({ length: most }, (_, i) => list[Math.round((i * (list.length - 1)) / (most - 1))]!);
}
