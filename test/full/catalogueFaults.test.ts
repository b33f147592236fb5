import { expect, test } from 'vitest';
import { openCatalogue } from '../../src/node/catalogue/openCatalogue.ts';
import { importShop, smallDisk, survivesKills, survivesServerFaults } from '../catalogue/faults/faults.ts';
import { testPrograms, withoutPrograms } from '../catalogue/faults/postgres.ts';
import { expectComplete, makeShop } from '../catalogue/faults/shop.ts';
import { expectOneSentence, temporaryFolder } from '../cli/selvedge.ts';
import { requireOrSkip } from '../require.ts';

test('20 SIGKILLs at random moments of an import of 2,000 products lose and double nothing', async () => {
  await survivesKills(20, 2000);
});

test('a disk that fills up during an import is one sentence, and the import goes on when there is room', async (context) => {
  const folder = temporaryFolder();
  const disk = smallDisk(folder, 81);
  requireOrSkip(context, disk !== undefined, 'mounting is not permitted here');
  try {
    const store = `${folder}/store`;
    const shop = makeShop(temporaryFolder(), 4000);
    for (let run = 0; run < 2; run++) {
      const outcome = await importShop(store, shop);
      const stderr = outcome.stderr.trimEnd().split('\n').at(-1)!;
      expectOneSentence({ ...outcome, stderr: `${stderr}\n` }, /Cannot write .*: the disk is full; free some space/);
    }
    disk!.resize(400);
    const { status, stderr } = await importShop(store, shop);
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const catalogue = await openCatalogue({ kind: 'folder', folder: store }, { command: 'a test', threads: 1 });
    await expectComplete(catalogue, shop).finally(() => catalogue.close());
  } finally {
    disk!.remove();
  }
});

test('a killed worker, cut connections and a server that crashes lose and double none of 2,000 products', async (context) => {
  requireOrSkip(context, testPrograms !== undefined, withoutPrograms);
  await survivesServerFaults(2000);
});
