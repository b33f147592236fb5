// A process that works on a catalogue, until it is killed or its input ends: node process.mjs PLACE [FEED MODEL].
// With a feed it imports it, and reviews products meanwhile; each review is printed when the database has said that it is stored.
import { openCatalogue } from '../../../dist/node/catalogue/openCatalogue.js';
import { createCatalogueService } from '../../../dist/node/catalogue/operations/service.js';

const [place, feed, model] = process.argv.slice(2);
const say = (...words) => process.stdout.write(`${words.join(' ')}\n`);
let stopping = false;
process.stdin.on('end', () => {
  stopping = true;
});
process.stdin.resume();

const catalogue = await openCatalogue(
  place.startsWith('postgres') ? { kind: 'server', address: place } : { kind: 'folder', folder: place },
  { command: 'a test', create: feed !== undefined, threads: 1 },
);
say('open');
if (feed === undefined) {
  const loop = catalogue.work({
    onFailure: (reason) => say('failed', reason),
    onConnectionLost: (reason, pause) => say('lost', pause, reason),
  });
  while (!stopping) {
    await new Promise((wake) => setTimeout(wake, 100));
    loop.check();
  }
  await loop.stop();
  await catalogue.close();
} else {
  const service = createCatalogueService(catalogue);
  const call = (name, input) => service.operations[name].run(service.operations[name].input.parse(input));
  await call('addModel', { path: model });
  const { import: id } = await call('startImport', { source: feed });
  say('importing');
  while (!stopping) {
    await new Promise((wake) => setTimeout(wake, 40));
    const [ready] = await catalogue.database.query(
      `SELECT id FROM products p WHERE state = 'ready' AND NOT EXISTS (SELECT FROM reviews r WHERE r.product_id = p.id) ORDER BY id LIMIT 1`,
    );
    if (ready) {
      const { reviews } = await call('review', {
        corrections: [{ id: ready.id, category: 'green' }],
        reviewer: 'ann',
      });
      say('reviewed', reviews[0], ready.id);
    }
    await service.check();
    const { state, waiting, error } = await call('importProgress', { import: id });
    if (error !== '') throw new Error(error);
    if (state !== 'reading' && waiting === 0) break;
  }
  say('done');
  await service.close();
}
process.stdin.destroy();
