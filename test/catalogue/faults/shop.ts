import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { philox } from '../../../src/core/engine/random.ts';
import { writeModel } from '../../../src/core/formats/modelFile.ts';
import { encodePng } from '../../../src/core/formats/png.ts';
import type { Catalogue } from '../../../src/node/catalogue/openCatalogue.ts';
import { productQueue } from '../../../src/node/catalogue/process/jobs.ts';
import { colourModel } from '../../fixtures/colourModel.ts';

export interface Shop {
  readonly feed: string;
  readonly model: string;
  readonly products: number;
}

/** A feed with a small picture for each product, all different, and an untrained model of three classes. */
export function makeShop(folder: string, products: number): Shop {
  mkdirSync(join(folder, 'pictures'), { recursive: true });
  const edge = 12;
  const rows = ['id,title,price,image_link,availability,brand'];
  for (let i = 0; i < products; i++) {
    const pixels = Uint8Array.from(
      { length: edge * edge * 3 },
      (_, j) => philox([i, j >> 2, 0, 0], [5, 6])[j & 3]! >>> 24,
    );
    writeFileSync(join(folder, 'pictures', `${i}.png`), encodePng({ pixels, height: edge, width: edge, channels: 3 }));
    rows.push(`P${i},Product ${i},${5 + (i % 40)}.90 EUR,pictures/${i}.png,in stock,brand${i % 7}`);
  }
  const feed = join(folder, 'feed.csv');
  writeFileSync(feed, `${rows.join('\n')}\n`);
  const model = join(folder, 'model.safetensors');
  writeFileSync(model, writeModel(colourModel()));
  return { feed, model, products };
}

/** Checks that every product of a shop is there once, tagged, with its picture, and that nothing is left to do. */
export async function expectComplete({ database, queue, files }: Catalogue, { products }: Shop): Promise<void> {
  const [counts] = await database.query(
    `SELECT (SELECT count(*) FROM products) AS products, (SELECT count(*) FROM products WHERE state = 'ready' AND problem = '') AS ready,
       (SELECT count(*) FROM tags) AS tags, (SELECT count(DISTINCT digest) FROM product_pictures) AS pictures,
       (SELECT count(*) FROM embeddings e JOIN pictures USING (digest)) AS embeddings, (SELECT count(*) FROM leases) AS leases`,
  );
  expect(counts).toEqual({
    products,
    ready: products,
    tags: products,
    pictures: products,
    embeddings: products,
    leases: 0,
  });
  expect([await queue.pending(productQueue), await queue.deadLetters()]).toEqual([0, []]);
  const shown = await database.query<{ digest: string }>('SELECT digest FROM product_pictures ORDER BY digest');
  const kept: string[] = [];
  for await (const digest of files.list()) kept.push(digest);
  const inStore = new Set(kept);
  expect(shown.filter(({ digest }) => !inStore.has(digest))).toEqual([]);
}
