import { describe, expect, it } from 'vitest';
import type { Catalogue } from '../openCatalogue.ts';
import { createCatalogueService } from './service.ts';

/** A catalogue of which each loop of work breaks where its number is listed. */
function catalogueWith(broken: readonly number[]) {
  const seen = { loops: 0, closed: 0 };
  const catalogue = {
    work() {
      const isBroken = broken.includes(seen.loops++);
      const check = () => {
        if (isBroken) throw new Error('the disk is full');
      };
      return { wake: () => {}, check, stop: async () => check() };
    },
    async close() {
      seen.closed++;
    },
  };
  return { seen, catalogue: catalogue as unknown as Catalogue };
}

describe('the work of a catalogue’s process', () => {
  it('starts once, and again after a fault', async () => {
    const { seen, catalogue } = catalogueWith([0]);
    const service = createCatalogueService(catalogue);
    service.work();
    service.work();
    expect(seen.loops).toBe(1);
    await expect(service.check()).rejects.toThrow('the disk is full');
    service.resume();
    expect(seen.loops).toBe(2);
    await service.check();
    await service.close();
  });

  it('is left to others where that is asked for, also by imports and retries', async () => {
    const { seen, catalogue } = catalogueWith([]);
    const service = createCatalogueService(catalogue, { works: false });
    service.work().wake();
    service.resume();
    await service.check();
    await service.close();
    expect(seen).toEqual({ loops: 0, closed: 1 });
  });

  it('ends with the catalogue closed, also where a fault had stopped it', async () => {
    const { seen, catalogue } = catalogueWith([0]);
    const service = createCatalogueService(catalogue);
    service.work();
    await expect(service.close()).rejects.toThrow('the disk is full');
    expect(seen.closed).toBe(1);
  });
});
