// Groups of duplicates among all 70,000 pictures of Fashion-MNIST: node bench/catalogue/duplicates.mjs [--runs DIR] [--limit N] [--save]
// The embedding is the similarity head and the backbone side by side. Its threshold is what 1 in 1,000 of 10,000 training pictures reach with their nearest other one.
// Then other views of 2,000 pictures are added, and how many are grouped with their originals is counted.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { sha256 } from '../../dist/core/bytes.js';
import { duplicateGroups, duplicateThreshold } from '../../dist/core/catalogue/similarity/duplicates.js';
import { createVectorIndex } from '../../dist/core/catalogue/similarity/vectorIndex.js';
import { fingerprint, thumbnailSize } from '../../dist/core/data/pictures/fingerprint.js';
import { nodeEngine } from '../../dist/node/engine.js';
import { describeMachine } from '../lib/machine.mjs';
import { edge } from './embeddings.mjs';
import { alteredViews, openMaterial, size } from './material.mjs';
import { openHeadAndBackbone } from './served.mjs';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: 'runs/catalogue' },
    limit: { type: 'string', default: '70000' },
    save: { type: 'boolean', default: false },
  },
});
const machine = describeMachine();
const engine = await nodeEngine();
const material = await openMaterial(values);
const limit = Number(values.limit);
const [asked, altered] = [10_000, 2000];

function joined(parts) {
  const all = new parts[0].constructor(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const served = await openHeadAndBackbone(material, engine);
const { train, test } = material;
const { vectors: trained, dimensions: D } = await served(train.images, 'train');
const { vectors: tested } = await served(test.images, 'test');
const images = joined([train.images, test.images]).subarray(0, limit * size);
const vectors = joined([trained, tested]).subarray(0, limit * D);

/** The work of one call, by the clock and by the processor. */
function timed(run) {
  const [began, before] = [performance.now(), process.cpuUsage().user];
  const result = run();
  const seconds = (performance.now() - began) / 1000;
  return { result, seconds, processorSeconds: (process.cpuUsage().user - before) / 1e6 };
}

async function described(pictures, embeddings) {
  const N = pictures.length / size;
  const prints = { hashes: new Uint32Array(2 * N), thumbnails: new Uint8Array(thumbnailSize * N) };
  const digests = [];
  for (let n = 0; n < N; n++) {
    const pixels = pictures.subarray(n * size, (n + 1) * size);
    const { hash, thumbnail } = fingerprint({ pixels, height: edge, width: edge, channels: 1 });
    prints.hashes.set(hash, 2 * n);
    prints.thumbnails.set(thumbnail, thumbnailSize * n);
    digests.push(await sha256(pixels.slice()));
  }
  return { digests, fingerprints: prints, embeddings };
}

const index = createVectorIndex(engine, D);
index.addAll(trained);
const nearest = index.searchMany(trained.subarray(0, asked * D), 2);
const cosines = Array.from({ length: asked }, (_, n) => nearest.scores[2 * n + (nearest.rows[2 * n] === n ? 1 : 0)]);
const threshold = duplicateThreshold(cosines);
const summary = (groups) =>
  ['exact', 'near', 'sameProduct'].map((kind) => {
    const own = groups.filter((group) => group.kind === kind);
    const sizes = own.map(({ members }) => members.length);
    return { kind, groups: own.length, pictures: sizes.reduce((a, b) => a + b, 0), largest: Math.max(0, ...sizes) };
  });

const input = await described(images, { vectors, dimensions: D, threshold });
const without = timed(() => duplicateGroups(engine, { ...input, embeddings: undefined }));
const whole = timed(() => duplicateGroups(engine, input));
const result = {
  machine,
  pictures: images.length / size,
  threshold,
  ...{ seconds: whole.seconds, processorSeconds: whole.processorSeconds },
  ...{ withoutEmbeddings: { seconds: without.seconds, processorSeconds: without.processorSeconds } },
  groups: summary(whole.result),
};
console.log(JSON.stringify(result, null, 2));

const views = alteredViews(test.images.slice(0, altered * size));
result.recognised = [];
for (const share of [0.001, 0.01]) {
  for (const [name, pictures] of Object.entries(views)) {
    const all = joined([test.images, pictures]);
    const own = joined([tested, (await served(pictures, name)).vectors]);
    const options = { vectors: own, dimensions: D, threshold: duplicateThreshold(cosines, share) };
    const groups = duplicateGroups(engine, await described(all, options));
    const N = test.labels.length;
    const together = (group) => group.members.filter((n) => n >= N && group.members.includes(n - N)).length;
    const found = groups.reduce((sum, group) => sum + together(group), 0);
    result.recognised.push({ share, threshold: options.threshold, view: name, found: found / altered });
    console.log(JSON.stringify(result.recognised.at(-1)));
  }
}
if (values.save)
  writeFileSync(
    new URL('../results/catalogue-duplicates.json', import.meta.url),
    `${JSON.stringify(result, null, 2)}\n`,
  );
