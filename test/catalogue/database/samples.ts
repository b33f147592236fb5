import { createHash } from 'node:crypto';
import type { FeedProduct } from '../../../src/core/catalogue/product.ts';
import type { Database } from '../../../src/node/catalogue/database/database.ts';
import { startImport } from '../../../src/node/catalogue/store/imports.ts';
import { addModel } from '../../../src/node/catalogue/store/models.ts';
import { contentHash, upsertProducts } from '../../../src/node/catalogue/store/products.ts';
import { type ProductResult, writeResults } from '../../../src/node/catalogue/store/results.ts';

export const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** Bytes that stand for a model's file. */
export const fileOf = (name: string): Uint8Array => new TextEncoder().encode(`model ${name}`);
export const digestOf = (name: string): string => sha256(fileOf(name));

export function product(id: string, changes: Partial<FeedProduct> = {}): FeedProduct {
  return {
    id,
    group: null,
    title: `Title of ${id}`,
    description: 'Ärmel, 綿',
    link: `https://shop.example/${id}`,
    price: { amount: '19.90', currency: 'EUR' },
    inStock: true,
    attributes: { brand: 'Acme', size: 'M' },
    pictures: [`${id}.png`],
    source: [[['id', id]]],
    ...changes,
  };
}

/** Adds a model without a network: the store does not open it. */
export const withModel = (database: Database, name: string) =>
  database.transaction((transaction) =>
    addModel(transaction, {
      digest: digestOf(name),
      name,
      classNames: ['Dress', 'Coat', 'Bag'],
      dimensions: 3,
      file: fileOf(name),
    }),
  );

/** An import of these products; its number and what was changed. */
export async function imported(
  database: Database,
  products: readonly FeedProduct[],
  folder: string | null = '/feed',
): Promise<{ readonly id: number; readonly changed: readonly string[] }> {
  const id = await startImport(database, 'feed.csv', 'csv');
  const incoming = products.map((one) => ({ product: one, hash: contentHash(one, []) }));
  const { changed } = await database.transaction((transaction) =>
    upsertProducts(transaction, id, 'csv', folder, incoming),
  );
  return { id, changed: [...changed].sort() };
}

export interface Tagged {
  readonly category?: string;
  readonly confidence?: number;
  readonly inDistribution?: boolean | null;
  /** Of the picture; default: the product's own. */
  readonly digest?: string;
  readonly model?: string;
  readonly isNew?: boolean;
}

/** As a worker writes what a product with one picture, `<id>.png`, has become. */
export async function tagged(database: Database, id: string, options: Tagged = {}): Promise<void> {
  const { category = 'Dress', confidence = 0.75, inDistribution = true, isNew = true } = options;
  const digest = options.digest ?? sha256(id);
  const model = digestOf(options.model ?? 'first');
  const colours = [{ name: 'red' as const, share: 0.9, hex: '#ff0000', lab: [53.2, 80.1, 67.2] as const }];
  const result: ProductResult = {
    id,
    pictures: [{ position: 0, address: `${id}.png`, digest, etag: '"e"', lastModified: null, problem: '' }],
    tags: {
      category,
      confidence,
      inDistribution,
      top: [{ name: category, probability: confidence }],
      colours: colours.map(({ name, share, hex }) => ({ name, share, hex })),
    },
    problem: '',
  };
  const thumbnail = Uint8Array.from({ length: 768 }, (_, i) => i);
  await database.transaction((transaction) =>
    writeResults(
      transaction,
      model,
      [{ digest, width: 30, height: 40, fingerprint: { hash: [0xfedcba98, 7], thumbnail }, colours: colours as never }],
      [
        {
          digest,
          features: Float32Array.of(0.6, 0.8, 1 / 3),
          probabilities: Float32Array.of(0.75, 0.2, 0.05),
          inDistribution,
        },
      ],
      [result],
      isNew,
    ),
  );
}

/** Every row of the catalogue's tables, as the database writes it. */
export async function contentOf(database: Database): Promise<Readonly<Record<string, readonly string[]>>> {
  const tables = await database.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'selvedge' AND tablename NOT IN ('migrations', 'leases', 'picture_files', 'trials', 'trial_files')
     ORDER BY 1`,
  );
  const content: Record<string, readonly string[]> = {};
  for (const { name } of tables) {
    const rows = await database.query<{ row: string }>(`SELECT to_jsonb(t)::text AS row FROM ${name} t ORDER BY 1`);
    content[name] = rows.map(({ row }) => row);
  }
  return content;
}
