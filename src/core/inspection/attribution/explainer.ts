import { createRecorder } from '../../compile/recorder.ts';
import { followsFrom, type Network } from '../../graph/network.ts';
import { sizeOf } from '../../graph/shape.ts';
import type { AttributionMap, AttributionMethod, Explanation, MethodPlace } from '../record.ts';
import { type InspectionTarget, isLarge } from '../target.ts';
import { ablationCamAt, type MapsAt, mapDrops } from './ablationCam.ts';
import { createForward, type Forward } from './forward.ts';
import { gradCamAt, gradCamPlusPlusAt } from './gradCam.ts';
import { gradient } from './gradient.ts';
import { guidedBackprop } from './guidedBackprop.ts';
import { integratedGradients } from './integratedGradients.ts';
import { lrp } from './lrp.ts';
import { defaultWindow, occlusion } from './occlusion.ts';
import { passesOver } from './passes.ts';
import { convolutionsOf, pictureOf, withoutSoftmax } from './places.ts';
import { smoothGrad } from './smoothGrad.ts';

/** Computes attribution maps of one network by every method. One call at a time; `close` frees its threads. */
export interface Explainer {
  readonly network: Network;
  /**
   * The methods, and for each its layers in this network. `layer` names a convolution: Grad-CAM, Grad-CAM++ and
   * Ablation-CAM use the output of its ReLU if it has one.
   */
  readonly places: readonly MethodPlace[];
  /**
   * Evidence for class `targetClasses[n]` of each picture, by its logit: the input of a final softmax.
   * @param x [N, …inputShape], from 0 to 1
   */
  attribute(place: MethodPlace, x: Float32Array, targetClasses: readonly number[]): Promise<AttributionMap[]>;
  /** The decrease of the target's logit when one map is ablated, largest first, per convolution. */
  removals(x: Float32Array, targetClasses: readonly number[]): Promise<Explanation['removals'][]>;
  close(): Promise<void>;
}

export interface ExplainerOptions
  extends Pick<InspectionTarget, 'network' | 'parameters' | 'engine' | 'threads' | 'layers'> {
  /** The seed of SmoothGrad's noise. */
  readonly seed: number;
}

/** A method's map of one image: [H, W], row-major. */
interface Evidence {
  readonly values: ArrayLike<number>;
  readonly completeness?: AttributionMap['completeness'];
}

const everywhere = ['gradient', 'smoothGrad', 'integratedGradients', 'guidedBackprop', 'occlusion', 'lrp'] as const;
const atConvolutions = ['gradCam', 'gradCamPlusPlus'] as const;

/** Images per pass at most, and values of all layers that they may have together; no result depends on it. */
const mostImages = 64;
const mostValues = 2 ** 24;
/** Points on the path of integrated gradients at most, in a large network. */
const mostStepsOfLarge = 288;

export async function createExplainer(options: ExplainerOptions): Promise<Explainer> {
  const { parameters, engine, threads, seed, layers } = options;
  const network = withoutSoftmax(options.network);
  const picture = pictureOf(network);
  const path = isLarge(options.network) ? { mostSteps: mostStepsOfLarge } : {};
  const values = network.layers.reduce((sum, { outputShape }) => sum + sizeOf(outputShape), 0);
  const batch = Math.max(1, Math.min(mostImages, Math.floor(mostValues / values)));
  const passes = passesOver(
    await createRecorder({
      network,
      parameters,
      engine,
      threads,
      images: batch,
      backwardFrom: network.output.name,
      parameterGradients: false,
    }),
    network,
    batch,
  );
  const convolutions = convolutionsOf(network, layers);
  // Ablating maps needs the rest of the network to follow from them alone: no other branch may lead around them.
  const ablated = convolutions.filter(
    ({ maps }) => followsFrom(network, maps) && (!layers || layers.maps.includes(maps.name)),
  );

  // Threads are started only for methods that are used.
  const forwards = new Map<string, Promise<Forward>>();
  const forwardFrom = (layer: string) => {
    const forward = forwards.get(layer) ?? createForward({ network, parameters }, engine, threads, layer);
    forwards.set(layer, forward);
    return forward;
  };
  const layerAt = (name: string) => convolutions.find(({ convolution }) => convolution.name === name)!.maps;
  const mapsAt = async (name: string): Promise<MapsAt> => {
    const layer = layerAt(name);
    return { layer, tail: await forwardFrom(layer.name) };
  };

  type Method = (x: Float32Array, targetClasses: readonly number[], layer: string) => Promise<readonly Evidence[]>;
  const plain = async (maps: Promise<readonly ArrayLike<number>[]>) => (await maps).map((values) => ({ values }));
  const methods: Readonly<Record<AttributionMethod, Method>> = {
    gradient: (x, targetClasses) => plain(gradient(passes, x, targetClasses)),
    smoothGrad: (x, targetClasses) => plain(smoothGrad(passes, x, targetClasses, { seed })),
    integratedGradients: (x, targetClasses) => integratedGradients(passes, x, targetClasses, path),
    guidedBackprop: (x, targetClasses) => plain(guidedBackprop(passes, parameters, x, targetClasses)),
    occlusion: async (x, targetClasses) =>
      plain(occlusion(await forwardFrom(network.layers[0]!.name), x, targetClasses, defaultWindow(picture))),
    lrp: (x, targetClasses) => lrp(passes, parameters, x, targetClasses),
    gradCam: async (x, targetClasses, name) => plain(gradCamAt(passes, layerAt(name), x, targetClasses)),
    gradCamPlusPlus: async (x, targetClasses, name) =>
      plain(gradCamPlusPlusAt(passes, layerAt(name), x, targetClasses)),
    mapRemoval: async (x, targetClasses, name) => plain(ablationCamAt(passes, await mapsAt(name), x, targetClasses)),
  };

  return {
    network: options.network,
    places: [
      ...everywhere.map((method) => ({ method, layer: null })),
      ...atConvolutions.flatMap((method) =>
        convolutions.map(({ convolution }) => ({ method, layer: convolution.name })),
      ),
      ...ablated.map(({ convolution }) => ({ method: 'mapRemoval' as const, layer: convolution.name })),
    ],
    async attribute({ method, layer }, x, targetClasses) {
      const evidence = await methods[method](x, targetClasses, layer ?? '');
      return evidence.map(({ values, completeness }) => ({
        method,
        layer,
        values: Array.from(values),
        noPositiveEvidence: !hasPositiveEvidence(values),
        ...(completeness && { completeness }),
      }));
    },
    async removals(x, targetClasses) {
      const images = x.length / sizeOf(network.inputShape);
      const found: Explanation['removals'][number][][] = Array.from({ length: images }, () => []);
      for (const { convolution } of ablated) {
        const drops = await mapDrops(passes, await mapsAt(convolution.name), x, targetClasses);
        for (const [n, ofImage] of drops.entries()) {
          const maps = Array.from(ofImage, (drop, channel) => ({ channel, drop })).sort((a, b) => b.drop - a.drop);
          found[n]!.push({ layer: convolution.name, maps });
        }
      }
      return found;
    },
    async close() {
      await passes.close();
      for (const forward of forwards.values()) await (await forward).close();
    },
  };
}

/** Whether some value is above 0 by more than rounding: a millionth of the largest size. */
export function hasPositiveEvidence(values: ArrayLike<number>): boolean {
  let largest = 0;
  let size = 0;
  for (let i = 0; i < values.length; i++) {
    largest = Math.max(largest, values[i]!);
    size = Math.max(size, Math.abs(values[i]!));
  }
  return largest > size * 1e-6;
}
