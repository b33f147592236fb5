import type { PixelImage } from '../../../core/data/images.ts';
import type { Engine } from '../../../core/engine/start.ts';
import { encodePng } from '../../../core/formats/png.ts';
import { createExplainer, type Explainer } from '../../../core/inspection/attribution/explainer.ts';
import type { MethodPlace } from '../../../core/inspection/record.ts';
import type { Model } from '../../../core/model/model.ts';
import { refuse } from '../errors.ts';

/** Why a picture got its first class. */
export interface Explanation {
  readonly method: MethodPlace['method'];
  /** The convolution that the method looks at; null where it looks at the picture. */
  readonly layer: string | null;
  /** The class whose evidence is shown. */
  readonly label: number;
  /** The picture with the evidence on it, red for and blue against, as a PNG of four times its size, base64. */
  readonly heatMapPng: string;
  /** The ten pixels with most evidence for the class, and their share of all evidence for it. */
  readonly keyPixels: readonly { readonly x: number; readonly y: number; readonly share: number }[];
}

/** Explains answers, one picture at a time, on a thread of its own. */
export interface Explaining {
  /**
   * Explains pictures [N, H, W, C], each for its label: all of them or none.
   * @param gone whether nobody waits for it any more.
   * @throws Refusal 'busy' when too many pictures wait to be explained, 'past-deadline', 'worker-failed'
   */
  explain(
    model: Model,
    pictures: Uint8Array,
    labels: readonly number[],
    deadline: number,
    gone: () => boolean,
  ): Promise<Explanation[]>;
  /** Frees what was kept for a model. */
  forget(model: Model): Promise<void>;
  close(): Promise<void>;
}

const mostWaiting = 16;
const keyPixelCount = 10;
const enlargement = 4;
/** A picture takes a tenth of a second; a thread that takes so many milliseconds hangs. */
const hungAfter = 20_000;
/** Of the methods that `selvedge inspect` checks, one that passes every check, and looks at the pixels themselves. */
const place: MethodPlace = { method: 'integratedGradients', layer: null };

export function createExplaining(engine: () => Promise<Engine>): Explaining {
  const explainers = new Map<Model, Promise<Explainer>>();
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  const explainerOf = (model: Model): Promise<Explainer> => {
    const known = explainers.get(model);
    if (known) return known;
    const { network, parameters } = model;
    const made = engine().then((e) => createExplainer({ network, parameters, engine: e, threads: 1, seed: 0 }));
    explainers.set(model, made);
    return made;
  };

  const forget = async (model: Model) => {
    const explainer = explainers.get(model);
    explainers.delete(model);
    await (await explainer?.catch(() => undefined))?.close();
  };

  const explainNow = async (model: Model, picture: Uint8Array, label: number): Promise<Explanation> => {
    // Closing it rejects what it runs.
    const hung = setTimeout(() => void forget(model), hungAfter);
    try {
      const explainer = await explainerOf(model);
      const x = Float32Array.from(picture, (value) => value / 255);
      const [map] = await explainer.attribute(place, x, [label]);
      const [height, width, channels] = model.network.inputShape as [number, number, number];
      const image = { pixels: picture, height, width, channels };
      return {
        ...place,
        label,
        heatMapPng: Buffer.from(encodePng(heatMap(image, map!.values))).toString('base64'),
        keyPixels: keyPixels(map!.values, width),
      };
    } catch (cause) {
      await forget(model);
      throw refuse('worker-failed', 'The thread that explains answers died: try again.', { cause });
    } finally {
      clearTimeout(hung);
    }
  };

  return {
    async explain(model, pictures, labels, deadline, gone) {
      if (waiting > 0 && waiting + labels.length > mostWaiting) {
        throw refuse('busy', `${waiting} pictures wait to be explained: ask again in a second.`, { retryAfter: 1 });
      }
      waiting += labels.length;
      let late: NodeJS.Timeout | undefined;
      let left = labels.length;
      const size = pictures.length / labels.length;
      const each = labels.map((label, n) => {
        const explanation = turn.then(() => {
          if (left === 0 || gone()) throw tooLate();
          waiting--;
          left--;
          return explainNow(model, pictures.subarray(n * size, (n + 1) * size), label);
        });
        turn = explanation.catch(() => undefined);
        return explanation;
      });
      const timeUp = new Promise<never>((_, reject) => {
        late = setTimeout(() => reject(tooLate()), Math.max(1, deadline - performance.now()));
      });
      try {
        return await Promise.race([Promise.all(each), timeUp]);
      } finally {
        // What has not begun is not waited for any more.
        waiting -= left;
        left = 0;
        clearTimeout(late);
        for (const one of each) one.catch(() => undefined);
      }
    },
    async forget(model) {
      turn = turn.then(() => forget(model));
      await turn;
    },
    async close() {
      await turn;
      await Promise.all([...explainers.keys()].map(forget));
    },
  };
}

function tooLate(): Error {
  return refuse('past-deadline', 'The explanations were not there by the deadline: ask for fewer, or allow more time.');
}

/** The picture at half its brightness, evidence for the class in red on it, evidence against in blue. */
function heatMap({ pixels, height, width, channels }: PixelImage, values: readonly number[]): PixelImage {
  const largest = Math.max(...values.map(Math.abs)) || 1;
  const rows = height * enlargement;
  const columns = width * enlargement;
  const coloured = new Uint8Array(rows * columns * 3);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const at = Math.floor(y / enlargement) * width + Math.floor(x / enlargement);
      const share = values[at]! / largest;
      const base = pixels[at * channels]! / 2;
      const to = (y * columns + x) * 3;
      coloured.fill(base, to, to + 3);
      coloured[to + (share > 0 ? 0 : 2)] = base + (255 - base) * Math.abs(share);
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
