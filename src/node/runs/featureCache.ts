import { createHash } from 'node:crypto';
import { z } from 'zod';
import { fromLittleEndianBytes, littleEndianBytes } from '../../core/bytes.ts';
import type { PictureForm } from '../../core/data/images.ts';
import type { Engine } from '../../core/engine/start.ts';
import { SelvedgeError } from '../../core/errors.ts';
import { type Backbone, featureCount } from '../../core/transfer/backbone.ts';
import type { FeatureStore } from '../../core/transfer/features.ts';
import { openPackCache } from '../cache/packCache.ts';
import { sha256Schema } from '../cache/packFile.ts';
import { cacheFolder } from '../datasets/sources.ts';

/** The most bytes that the cache takes up: 1 GB, over two million pictures' features of 112 numbers. */
export const featureCacheLimit = 1e9;
/** Raise it where other code than the kernels changes the features' bits: lowering, fusion, views, resizing. */
const computation = 1;
/** Features that are stored together, about so many bytes at once. */
const packBytes = 8e6;

const entrySchema = z.strictObject({ contentSha256: sha256Schema });

export function featureCacheFolder(): string {
  return cacheFolder('features');
}

export interface FeatureCacheOptions {
  readonly backbone: Backbone;
  /** How pictures become what the backbone takes. */
  readonly pictures: PictureForm | undefined;
  readonly engine: Pick<Engine, 'wasmSha256'>;
  readonly folder?: string | undefined;
  readonly limit?: number | undefined;
  /** Called once with a sentence where features cannot be stored. */
  readonly onWarning: (sentence: string) => void;
}

/**
 * Features on the disk, by the backbone's layers, weights and input, and the SHA-256 of each picture's pixels as they are shown: a mirrored
 * picture is another one. So a picture that is added to a data set is the only one that is computed.
 */
export async function openFeatureCache(options: FeatureCacheOptions): Promise<FeatureStore> {
  const { backbone, pictures, engine, folder = featureCacheFolder(), limit = featureCacheLimit, onWarning } = options;
  const { network, parameters, divideBy } = backbone;
  const D = featureCount(backbone);
  const weights = digest(littleEndianBytes(parameters));
  const packs = await openPackCache({
    ...{ folder, limit, entry: entrySchema, bytes: D * 4 },
    madeBy: [computation, engine.wasmSha256, network.spec, weights, divideBy, pictures ?? null],
  });
  let isWritable = true;
  return {
    keysOf: (pixels, bytesEach) =>
      Array.from({ length: pixels.length / bytesEach }, (_, n) =>
        digest(pixels.subarray(n * bytesEach, (n + 1) * bytesEach)),
      ),
    async read(keys, use) {
      if (packs.isEmpty) return;
      await packs.read(keys, ({ contentSha256 }, bytes) => use(contentSha256, fromLittleEndianBytes(bytes)));
    },
    async write(keys, features) {
      const atOnce = Math.max(1, Math.floor(packBytes / (D * 4)));
      try {
        for (let from = 0; isWritable && from < keys.length; from += atOnce) {
          const entries = keys.slice(from, from + atOnce).map((contentSha256) => ({ contentSha256 }));
          await packs.write(entries, littleEndianBytes(features.subarray(from * D, (from + entries.length) * D)));
        }
        if (isWritable) await packs.trim();
      } catch (error) {
        if (!(error instanceof SelvedgeError)) throw error;
        isWritable = false;
        onWarning(
          `The features are not cached (set XDG_CACHE_HOME to choose another folder), the run goes on: ${error.message}`,
        );
      }
    },
  };
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
