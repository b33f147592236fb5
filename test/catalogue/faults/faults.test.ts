import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeModel } from '../../../src/core/formats/modelFile.ts';
import { openCatalogue } from '../../../src/node/catalogue/openCatalogue.ts';
import { expectOneSentence, selvedge, temporaryFolder } from '../../cli/selvedge.ts';
import { colourModel } from '../../fixtures/colourModel.ts';
import { requireOrSkip } from '../../require.ts';
import { smallDisk, survivesKills } from './faults.ts';
import { makeShop } from './shop.ts';

test('2 SIGKILLs during an import of 300 products lose and double nothing', async () => {
  await survivesKills(2, 300);
});

test('what a catalogue cannot be imported into, or with, is one sentence each, and nothing of it is changed', async () => {
  const folder = temporaryFolder();
  const { feed, model } = makeShop(join(folder, 'shop'), 3);
  const into = (store: string, ...more: string[]) => selvedge(['catalogue', 'import', feed, '--store', store, ...more]);
  const store = join(folder, 'store');
  const catalogue = await openCatalogue(
    { kind: 'folder', folder: store },
    { command: 'a test', create: true, threads: 1 },
  );
  expectOneSentence(await into(store), new RegExp(`is in use by 'a test', process ${process.pid}, since`));
  await catalogue.close();
  expectOneSentence(await into(store), /The catalogue has no model; name a run or a model with --model/);

  // Its preprocessing says nothing of photos.
  const ofNoPhotos = join(folder, 'ofNoPhotos.safetensors');
  const colour = colourModel();
  const preprocessing = { divideBy: 255, reshape: [32, 32, 3], labels: 'oneHot' } as const;
  writeFileSync(ofNoPhotos, writeModel({ ...colour, preprocessing }));
  expectOneSentence(
    await into(store, '--model', ofNoPhotos),
    /takes pictures to which photos are not converted; choose/,
  );
  writeFileSync(ofNoPhotos, writeModel(colour).slice(0, 200));
  expectOneSentence(await into(store, '--model', ofNoPhotos), /ofNoPhotos\.safetensors/);
  expectOneSentence(await into(store, '--model', join(folder, 'none')), /There is no/);

  const again = await openCatalogue({ kind: 'folder', folder: store }, { command: 'a test', threads: 1 });
  await again.database.query(`INSERT INTO migrations (version, name) VALUES (99, 'later.sql')`);
  await again.close();
  expectOneSentence(
    await into(store, '--model', model),
    /is of version 99, and this program knows .*; use a newer selvedge/,
  );

  const other = join(folder, 'other');
  mkdirSync(other);
  writeFileSync(join(other, 'letter.txt'), 'private');
  // It ends with a command.
  expect(await into(other)).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(
      /^selvedge: There is no catalogue in .*; make one with: selvedge catalogue import .*\n$/,
    ),
  });
  expectOneSentence(await into(other, '--model', model), /is no catalogue and not empty; choose a new folder/);
  expectOneSentence(await into(join(other, 'letter.txt'), '--model', model), /Cannot write .*letter\.txt/);
  expectOneSentence(await into('/proc/none', '--model', model), /Cannot write \/proc\/none/);
});

test('a disk without room for a database is one sentence', async (context) => {
  const folder = temporaryFolder();
  const disk = smallDisk(folder, 20);
  requireOrSkip(context, disk !== undefined, 'mounting is not permitted here');
  try {
    const { feed, model } = makeShop(temporaryFolder(), 3);
    const outcome = await selvedge(['catalogue', 'import', feed, '--store', join(folder, 'store'), '--model', model]);
    expectOneSentence(outcome, /Cannot write .*: the disk is full; free some space/);
    expect(outcome.stderr).not.toContain('bug');
  } finally {
    disk!.remove();
  }
});
