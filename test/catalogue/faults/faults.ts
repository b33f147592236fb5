import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { randomSequence, streams } from '../../../src/core/engine/random.ts';
import type { CataloguePlace } from '../../../src/node/catalogue/database/address.ts';
import { openFeed } from '../../../src/node/catalogue/feeds/openFeed.ts';
import { importFeed } from '../../../src/node/catalogue/import/importFeed.ts';
import { type Catalogue, openCatalogue } from '../../../src/node/catalogue/openCatalogue.ts';
import { addCatalogueModel } from '../../../src/node/catalogue/operations/imports.ts';
import { storedModels } from '../../../src/node/catalogue/store/models.ts';
import { reviewsOf } from '../../../src/node/catalogue/store/reviews.ts';
import { type Running, start, startSelvedge, temporaryFolder } from '../../cli/selvedge.ts';
import { newDatabase } from '../database/homes.ts';
import { startServer } from './postgres.ts';
import { expectComplete, makeShop, type Shop } from './shop.ts';

const program = fileURLToPath(new URL('./process.mjs', import.meta.url));
const launch = (...args: string[]): Running =>
  start(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
const pause = (ms: number) => new Promise((later) => setTimeout(later, ms));

async function opened<T>(place: CataloguePlace, work: (catalogue: Catalogue) => Promise<T>): Promise<T> {
  const catalogue = await openCatalogue(place, { command: 'a test', create: true, threads: 1 });
  return work(catalogue).finally(() => catalogue.close());
}

/**
 * Imports a shop into a folder while SIGKILLs end the process at random moments, and lets it end then. Every product is there once;
 * every review that a killed process was told is stored is there. An import that ends before its kill is checked, and a new one begins.
 */
export async function survivesKills(kills: number, products: number): Promise<void> {
  const folder = temporaryFolder();
  const shop = makeShop(join(folder, 'shop'), products);
  const store = join(folder, 'store');
  const random = randomSequence(14, streams.inspection, 0);
  const acknowledged: string[] = [];
  const checked = async () => {
    await opened({ kind: 'folder', folder: store }, async (catalogue) => {
      await expectComplete(catalogue, shop);
      const reviews = new Set((await reviewsOf(catalogue.database, 1e6, 0)).map(({ review, id }) => `${review} ${id}`));
      expect(acknowledged.filter((review) => !reviews.has(review))).toEqual([]);
    });
    reviewed += acknowledged.splice(0).length;
    rmSync(store, { recursive: true });
  };
  let reviewed = 0;
  for (let killed = 0, launched = 0; killed <= kills; launched++) {
    const running = launch(store, shop.feed, shop.model);
    if (killed < kills) {
      // Every fourth kill comes while the database is opened or made, the others while it is written.
      const isEarly = launched % 4 === 3;
      if (!isEarly) await Promise.race([running.seen('importing'), running.ended]);
      await pause(random.float() * (isEarly ? 3000 : 2500));
      running.child.kill('SIGKILL');
    }
    const { signal, status, stdout, stderr } = await running.ended;
    acknowledged.push(...[...stdout.matchAll(/^reviewed (\d+ \w+)$/gm)].map(([, review]) => review!));
    if (signal === 'SIGKILL') {
      killed++;
      continue;
    }
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    await checked();
    if (killed === kills) break;
  }
  expect(reviewed).toBeGreaterThan(kills / 2);
}

/** A file system of so many megabytes; undefined where mounting is not permitted. */
export function smallDisk(
  folder: string,
  megabytes: number,
): { resize(size: number): void; remove(): void } | undefined {
  const mount = (options: string) =>
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
  try {
    mount(`size=${megabytes}m`);
  } catch {
    return undefined;
  }
  return {
    resize: (size) => mount(`remount,size=${size}m`),
    remove: () => void execFileSync('umount', ['--lazy', folder]),
  };
}

/** Imports through the program; its standard error without progress. */
export async function importShop(store: string, { feed, model }: Shop) {
  return startSelvedge(['catalogue', 'import', feed, '--store', store, '--model', model, '--threads', '1']).ended;
}

/** One worker of two is killed, connections are cut, and the server crashes; the products are tagged nevertheless. */
export async function survivesServerFaults(products: number): Promise<void> {
  const folder = temporaryFolder();
  const shop = makeShop(join(folder, 'shop'), products);
  const server = await startServer(temporaryFolder());
  const workers: Running[] = [];
  try {
    const { address } = await newDatabase(server.address);
    const place = { kind: 'server', address } as const;
    await opened(place, async (catalogue) => {
      await addCatalogueModel(catalogue, shop.model);
      const models = (await storedModels(catalogue.database)).map(({ digest }) => digest);
      const feed = await openFeed(shop.feed, {});
      const { database, queue } = catalogue;
      await importFeed({ database, queue, feed, source: shop.feed, models, complete: false });
    });
    const work = async () => {
      const worker = launch(address);
      workers.push(worker);
      await worker.seen('open');
      return worker;
    };
    const killed = await work();
    await work();
    await opened(place, async (catalogue) => {
      const { database } = catalogue;
      const ready = async () => {
        const [row] = await database.query<{ n: number }>(`SELECT count(*) AS n FROM products WHERE state = 'ready'`);
        return row!.n;
      };
      const until = async (share: number) => {
        while ((await ready().catch(() => 0)) < share * products) await pause(50);
      };
      await until(0.1);
      killed.child.kill('SIGKILL');
      expect((await killed.ended).signal).toBe('SIGKILL');
      await until(0.3);
      for (let cut = 0; cut < 10; cut++) {
        await database.query(
          'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 AND pid <> pg_backend_pid()',
          ['selvedge'],
        );
        await pause(50);
      }
      await work();
      await until(0.5);
      await server.crash();
      await until(1);
      // The killed worker's lease ends 30 s after its last sign.
      await expectComplete(catalogue, shop);
    });
    for (const { child } of workers) child.stdin?.end();
    const [, ...others] = await Promise.all(workers.map(({ ended }) => ended));
    for (const { status, stderr } of others) expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(others.map(({ stdout }) => stdout).join('')).toMatch(
      /^lost 500 The connection to the database at 127\.0\.0\.1:\d+\/\w+ was lost \(.*\); check/m,
    );
  } finally {
    for (const { child } of workers) child.kill('SIGKILL');
    await server.stop();
  }
}
