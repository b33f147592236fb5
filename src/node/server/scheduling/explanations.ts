import type { PixelImage } from '../../../core/data/images.ts';
import { preprocess } from '../../../core/data/preprocessing.ts';
import type { Engine } from '../../../core/engine/start.ts';
import { encodePng } from '../../../core/formats/png.ts';
import { createExplainer, type Explainer } from '../../../core/inspection/attribution/explainer.ts';
import { layersFor } from '../../../core/inspection/layerChoice.ts';
import type { MethodPlace } from '../../../core/inspection/record.ts';
import type { Model, ServableModel } from '../../../core/model/model.ts';
import type { Explanation } from '../protocols/schemas.ts';
import { createCostEstimate } from './costEstimate.ts';
import { createScheduler, type Task, type Waiter } from './scheduler.ts';

/** Explains answers, one picture at a time, on a thread of its own. */
export interface Explanations {
  /**
   * Explains pictures [N, H, W, C], each for its label: all of them or none.
   * @throws HttpError 'busy', 'past-deadline' or 'worker-failed'
   */
  explain(
    model: Model,
    pictures: Uint8Array,
    labels: readonly number[],
    waiter: Waiter,
  ): Promise<readonly Explanation[]>;
  /** Frees what was kept for a model. */
  forget(model: ServableModel): Promise<void>;
  close(): Promise<void>;
}

interface ExplanationTask extends Task {
  readonly model: Model;
  readonly picture: Uint8Array;
  readonly label: number;
}

/** Most pictures that wait to be explained. */
const queue = 16;
const keyPixelCount = 10;
/** The edge that a heat map has at least, in pixels: pictures are enlarged by whole factors. */
const leastEdge = 112;
/** Of the methods that `selvedge inspect` checks, one that passes every check, and attributes to the pixels themselves. */
const place: MethodPlace = { method: 'integratedGradients', layer: null };

export function createExplanations(engine: () => Promise<Engine>): Explanations {
  const explainers = new Map<ServableModel, Promise<Explainer>>();

  const explainerOf = (model: Model): Promise<Explainer> => {
    const known = explainers.get(model);
    if (known) return known;
    const { network, parameters } = model;
    const layers = layersFor(network, undefined);
    const made = engine().then((e) => createExplainer({ network, parameters, engine: e, threads: 1, seed: 0, layers }));
    explainers.set(model, made);
    return made;
  };

  const forget = async (model: ServableModel) => {
    const explainer = explainers.get(model);
    explainers.delete(model);
    await (await explainer?.catch(() => undefined))?.close();
  };

  const explainOne = async ({ model, picture, label }: ExplanationTask): Promise<Explanation> => {
    const explainer = await explainerOf(model);
    const x = preprocess(model.preprocessing, picture);
    const [map] = await explainer.attribute(place, x, [label]);
    const [height, width, channels] = model.network.inputShape as [number, number, number];
    const image = { pixels: picture, height, width, channels };
    return {
      ...place,
      label,
      heatMapPng: Buffer.from(encodePng(heatMap(image, map!.values))).toString('base64'),
      keyPixels: keyPixels(map!.values, width),
    };
  };

  const scheduler = createScheduler<ExplanationTask, Explanation>({
    queue,
    threads: 1,
    // A tenth of a second a picture.
    estimate: createCostEstimate({ milliseconds: 1000, cost: 10 }),
    attempts: 1,
    hungAfterMs: 20_000,
    sentences: {
      busy: (pictures) => `${pictures} pictures wait to be explained: ask again after the seconds in Retry-After.`,
      late: () => 'The explanations were not ready by the deadline: ask for fewer, or with a longer deadlineMs.',
      died: () => 'The thread that explains answers died: try again.',
    },
    take: (_, { runs }) => (runs === 0 ? 1 : 0),
    async run([task]) {
      try {
        return [await explainOne(task!)];
      } catch (cause) {
        await forget(task!.model);
        throw cause;
      }
    },
    // Closing an explainer rejects what it runs.
    onHung: ([task]) => void forget(task!.model),
  });

  return {
    explain(model, pictures, labels, waiter) {
      const size = pictures.length / labels.length;
      const tasks = labels.map((label, n) => {
        const picture = pictures.subarray(n * size, (n + 1) * size);
        return { model, picture, label, pictures: 1, cost: 1 };
      });
      return scheduler.submit(tasks, waiter);
    },
    forget,
    async close() {
      await Promise.all([...explainers.keys()].map(forget));
    },
  };
}

/** The picture at half its brightness, with evidence for the class in red and evidence against it in blue. */
function heatMap({ pixels, height, width, channels }: PixelImage, values: readonly number[]): PixelImage {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const enlargement = Math.max(1, Math.ceil(leastEdge / Math.max(height, width)));
  const rows = height * enlargement;
  const columns = width * enlargement;
  const coloured = new Uint8Array(rows * columns * 3);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const at = Math.floor(y / enlargement) * width + Math.floor(x / enlargement);
      const share = values[at]! / largest;
      const to = (y * columns + x) * 3;
      for (let c = 0; c < 3; c++) coloured[to + c] = pixels[at * channels + Math.min(c, channels - 1)]! / 2;
      const tinted = share > 0 ? 0 : 2;
      const base = pixels[at * channels + Math.min(tinted, channels - 1)]! / 2;
      coloured[to + tinted] = base + (255 - base) * Math.abs(share);
    }
  }
  return { pixels: coloured, height: rows, width: columns, channels: 3 };
}

function keyPixels(values: readonly number[], width: number): Explanation['keyPixels'] {
  const evidence = values.reduce((sum, value) => sum + Math.max(0, value), 0);
  return values
    .map((value, at) => ({ x: at % width, y: Math.floor(at / width), share: value / evidence }))
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share)
    .slice(0, keyPixelCount);
}
