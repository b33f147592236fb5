import type { Catalogue } from '../../src/node/catalogue/openCatalogue.ts';
import type { UploadedFeed } from '../../src/node/catalogue/operations/imports.ts';
import { type CatalogueService, createCatalogueService } from '../../src/node/catalogue/operations/service.ts';
import {
  type CatalogueApi,
  type CatalogueApiOptions,
  catalogueLimits,
  createCatalogueApi,
} from '../../src/node/server/catalogue/catalogueApi.ts';
import { createKeyRing, makeKey } from '../../src/node/server/http/keys.ts';
import type { Role } from '../../src/node/server/http/roles.ts';

export const digest = 'ab'.repeat(32);
export const product = {
  ...{ id: 'P1', group: null, title: '<script>alert(1)</script>', description: '', link: '', price: null },
  ...{ inStock: true, attributes: { brand: 'B' }, state: 'ready', problem: '', withdrawn: false },
  pictures: [{ address: 'https://shop.example/1.png', digest, problem: '' }],
  tags: null,
  review: { category: 'Bag', reviewer: 'anna', at: '2026-01-02T03:04:05.678+00:00' },
  ...{ category: 'Bag', accepted: true },
};
const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

/** What each operation answers without a database. */
const outputs: Readonly<Record<string, unknown>> = {
  products: { products: [product] },
  remove: { products: 1, pictures: 0 },
  doubtful: { products: [] },
  review: { reviews: [7] },
  undo: { id: 'P1', category: 'Bag' },
  reviews: { reviews: [] },
  picture: { bytes: png.toString('base64') },
  status: { products: { waiting: 0, ready: 1, failed: 0, withdrawn: 0 }, models: [], deadLetters: 0 },
  importProgress: {
    ...{ read: 1, state: 'read', error: '', products: 1, changed: 1 },
    ...{ withdrawn: 0, problems: 0, waiting: 0, failed: 0, isWorking: false },
  },
  importProblems: { problems: [] },
  deadLetters: { deadLetters: [] },
  retry: { retried: 0 },
  similar: {
    products: [
      {
        ...{
          id: 'P1',
          title: product.title,
          link: '',
          score: 0.5,
          category: 'Bag',
          colours: ['navy'],
          price: null,
          picture: digest,
        },
        ...{ alsoAs: ['P2'], shared: { category: 'Bag', colours: [], attributes: { brand: 'B' } } },
      },
    ],
  },
  duplicates: {
    total: 1,
    groups: [
      {
        kind: 'near',
        products: [
          { id: 'P1', picture: digest, because: null },
          { id: 'P2', picture: digest, because: { id: 'P1', kind: 'near', hashDistance: 2, meanDifference: 1.5 } },
        ],
      },
    ],
  },
  recall: { queries: 1, limit: 10, recall: 1, lowest: 1, indexMs: { p50: 1, p99: 2 }, exactMs: { p50: 1, p99: 2 } },
  export: {
    products: [
      {
        product: {
          ...{ id: 'P1', group: null, title: product.title, description: '', link: '', price: null, inStock: true },
          ...{ attributes: { brand: '=1+1' }, pictures: ['https://shop.example/1.png'], source: [] },
        },
        feedFormat: 'csv',
        tags: null,
      },
    ],
  },
};

export interface StubApi extends CatalogueApi {
  /** The operations that were called, with their inputs. */
  readonly calls: (readonly [name: string, input: unknown])[];
  /** What an operation throws instead of answering. */
  failure: Error | undefined;
  readonly uploads: UploadedFeed[];
  readonly lines: string[];
}

/** The API over operations that read their inputs as ever, but have no database. */
export async function stubApi(options: Partial<CatalogueApiOptions> = {}): Promise<StubApi> {
  const real = createCatalogueService({} as Catalogue);
  const stub = {
    calls: [] as [string, unknown][],
    failure: undefined as Error | undefined,
    uploads: [] as UploadedFeed[],
    lines: [] as string[],
  };
  const operations = Object.fromEntries(
    Object.entries(real.operations).map(([name, { input }]) => [
      name,
      {
        input,
        run: async (given: unknown) => {
          stub.calls.push([name, given]);
          if (stub.failure) throw stub.failure;
          return outputs[name];
        },
      },
    ]),
  );
  const imports = {
    upload: async (feed: UploadedFeed) => {
      stub.uploads.push(feed);
      if (stub.failure) throw stub.failure;
      return { import: 3 };
    },
  };
  const api = await createCatalogueApi({
    service: { operations, imports, close: async () => undefined } as unknown as CatalogueService,
    ...{ limits: catalogueLimits, keys: undefined, loopback: true, token: undefined, logLevel: 'error' },
    log: { write: (line) => void stub.lines.push(line), flush: async () => undefined },
    ...options,
  });
  return Object.assign(stub, api);
}

const made = { read: makeKey('rita', 1e6, new Date()), review: makeKey('anna', 1e6, new Date(), 'review') };
const admin = makeKey('ada', 1e6, new Date(), 'admin');

export const ring = createKeyRing([made.read.stored, made.review.stored, admin.stored]);
/** Headers with a key of a role. */
export const as = (role: Role) => ({ authorization: `Bearer ${{ ...made, admin }[role].key}` });
