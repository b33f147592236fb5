import { SelvedgeError } from '../../core/errors.ts';
import { configurationFor, type RunConfiguration } from '../../core/training/configuration.ts';
import type { SizeScore } from '../../core/transfer/record.ts';
import { type TransferOptions, transfer } from '../../core/transfer/transfer.ts';
import { backboneForData, type FoundBackbone } from '../backbones.ts';
import type { LoadedDataset } from '../datasets/fashionMnist.ts';
import { nodeEngine } from '../engine.ts';
import { openFeatureCache } from './featureCache.ts';

/** The sides in pixels that are tried. */
export const candidateSides = { photos: [64, 96, 128], other: [32, 64, 96] } as const;

export interface ImageSizeOptions extends Pick<TransferOptions, 'head' | 'threads' | 'signal'> {
  readonly found: FoundBackbone;
  /** The data set with its first candidate's side, and with another one; the same set again where it holds no photos. */
  readonly load: (side: number) => Promise<LoadedDataset>;
  readonly settings: (data: LoadedDataset) => Partial<RunConfiguration>;
  /** Called with the side that is tried, and the completed share of its trial. */
  readonly onProgress?: ((side: number, share: number) => void) | undefined;
  readonly onWarning: (sentence: string) => void;
  /** As `TransferRunOptions` has it. */
  readonly featureCache?: string | null | undefined;
}

export interface ChosenSize {
  readonly data: LoadedDataset;
  readonly side: number;
  /** Of each side that was tried, ascending. */
  readonly scores: readonly SizeScore[];
}

/**
 * Fits a head for each candidate, and chooses the side with the highest accuracy on the validation images; of equals that with the smaller
 * cross-entropy, then the smaller one. The test images are not looked at.
 * @throws SelvedgeError 'bad-option' without validation images, or where the backbone takes one size only; and as `transfer` does
 */
export async function chooseImageSize(options: ImageSizeOptions): Promise<ChosenSize> {
  const { found, load, settings, head, threads, signal, onProgress, onWarning, featureCache: folder } = options;
  const engine = await nodeEngine();
  const first = await load(candidateSides.photos[0]);
  const sides: readonly number[] = first.pictures ? candidateSides.photos : candidateSides.other;
  const scores: SizeScore[] = [];
  let chosen: Omit<ChosenSize, 'scores'> | undefined;
  for (const side of sides) {
    const data = side === sides[0] || !first.pictures ? first : await load(side);
    const own = settings(data);
    const images = configurationFor(data, own).validation;
    if (images === 0) {
      throw new SelvedgeError(
        'bad-option',
        '--image-size auto chooses on validation images, and there are none; add --validation 1000, or name a size.',
      );
    }
    const source = backboneForData(found, data, side);
    const store =
      folder === null
        ? undefined
        : await openFeatureCache({ ...source, pictures: source.pictures, engine, folder, onWarning });
    const { validation } = await transfer(data, engine, {
      ...own,
      ...source,
      ...{ head, threads, store },
      ...(signal && { signal }),
      onProgress: (what, share) => onProgress?.(side, (what === 'features' ? share : 1 + share) / 2),
    });
    scores.push({ side, images, ...validation! });
    if (bestOf(scores).side === side) chosen = { data, side };
  }
  return { ...chosen!, scores };
}

/** The score that decides: of equal ones the first. */
export function bestOf(scores: readonly SizeScore[]): SizeScore {
  return scores.reduce((best, one) =>
    one.accuracy > best.accuracy || (one.accuracy === best.accuracy && one.loss < best.loss) ? one : best,
  );
}
