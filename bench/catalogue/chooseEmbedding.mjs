// Chooses the embedding that is served by default: node bench/catalogue/chooseEmbedding.mjs [--runs DIR]
// No test image takes part. Embeddings are scored by MAP@R on 5,000 validation images of all classes (seen), by MAP@R on 5,000 training images of three
// classes that a network was not trained on (unseen, the mean over the five class splits), and by the share of 2,000 moved validation images
// whose original is the nearest (moved). The mean of the three decides.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { embed } from '../../dist/core/catalogue/similarity/head.js';
import { recallOfOwn, retrievalScores } from '../../dist/core/catalogue/similarity/measures.js';
import { headDefaults } from '../../dist/core/catalogue/similarity/trainHead.js';
import { sideBySide } from '../../dist/core/catalogue/similarity/vectors.js';
import { stratifiedSplit } from '../../dist/core/data/split.js';
import { randomSequence, streams } from '../../dist/core/engine/random.js';
import { nodeEngine } from '../../dist/node/engine.js';
import { hog, pixels } from './embeddings.mjs';
import { alteredViews, heldOut, keptFeatures, openMaterial, others, part, rowsOf, seeds, size } from './material.mjs';
import { keptHead, openBackbone } from './served.mjs';

const { values } = parseArgs({ options: { runs: { type: 'string', default: 'runs/catalogue' } } });
const material = await openMaterial(values);
const { train } = material;
const engine = await nodeEngine();
const [held, altered] = [5000, 2000];

const backbone = await openBackbone(material, engine);
const validated = await material.network('fast', 0, 'seen-validation', ['--validation', String(held)]);
const split = stratifiedSplit(train.labels, held, randomSequence(0, streams.split, 0).below);
const [fitted, kept] = [new Set(split.train), new Set(split.validation)];
const isKept = (i) => kept.has(i);
const seen = part(train, isKept);
const { moved } = alteredViews(seen.images.slice(0, altered * size));

const features = async (network, which, images) => {
  const { features, D } = await keptFeatures(material, engine, network, which, images);
  return { vectors: features, dimensions: D };
};
const all = await features(validated, 'train', train.images);
const D = all.dimensions;
const rowsWhere = (keep) => ({ vectors: rowsOf(all.vectors, D, keep), dimensions: D });
const headOf = async (name, rows, classes, seed) => {
  const head = await keptHead(material, name, D, rows, { classes, seed });
  return ({ vectors }) => ({ vectors: embed(head, vectors), dimensions: headDefaults.dimensions });
};
const sized = (vectors, images) => ({ vectors, dimensions: vectors.length / (images.length / size) });

/** Pictures in every simple embedding; `own` are the features of a network, and `head` projects them. */
const partsOf = async (images, which, own, head) => ({
  pixels: sized(pixels(images), images),
  HOG: sized(hog(images), images),
  backbone: await backbone(images, which),
  features: own,
  head: head(own),
});

const fit = async () => ({
  values: rowsWhere((i) => fitted.has(i)).vectors,
  labels: train.labels.filter((_, i) => fitted.has(i)),
});
const head = await headOf(validated.name, fit, 10, 0);
const parts = {
  seen: { ...(await partsOf(seen.images, 'validation', rowsWhere(isKept), head)), labels: seen.labels },
  moved: await partsOf(moved, 'validation-moved', await features(validated, 'validation-moved', moved), head),
  unseen: [],
};
for (const seed of seeds) {
  const network = await material.network('fast', seed, 'held');
  const whole = part(train, (i) => heldOut[seed].includes(train.labels[i]));
  const images = whole.images.slice(0, held * size);
  const known = part(train, (i) => others(seed).includes(train.labels[i]));
  const rows = async () => ({
    values: (await features(network, 'train', known.images)).vectors,
    labels: known.labels.map((y) => others(seed).indexOf(y)),
  });
  const own = await features(network, 'train-held-some', images);
  const projection = await headOf(network.name, rows, others(seed).length, seed);
  const labels = whole.labels.slice(0, held);
  parts.unseen.push({ ...(await partsOf(images, `held-${seed}-some`, own, projection)), labels });
}
const candidates = [
  ...['pixels', 'HOG', 'backbone', 'features', 'head'].map((name) => [name]),
  ...['HOG', 'backbone'].flatMap((more) => ['features', 'head'].map((name) => [name, more])),
];
const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
const round = (value) => Number(value.toFixed(4));
const results = candidates.map((names) => {
  const of = (some) => sideBySide(names.map((name) => some[name]));
  const scoresOf = (some) => retrievalScores(engine, { ...of(some), labels: some.labels });
  const indices = Uint32Array.from({ length: altered }, (_, i) => i);
  const known = scoresOf(parts.seen);
  const unknown = parts.unseen.map(scoresOf);
  const scores = {
    seen: known.mapAtR,
    unseen: mean(unknown.map(({ mapAtR }) => mapAtR)),
    moved: recallOfOwn(engine, of(parts.seen).vectors, of(parts.moved).vectors, indices, 1),
  };
  const result = {
    embedding: names.join(' + '),
    ...Object.fromEntries(Object.entries(scores).map(([name, value]) => [name, round(value)])),
    seenPrecision1: round(known.precision1),
    unseenPrecision1: round(mean(unknown.map(({ precision1 }) => precision1))),
    mean: round(mean(Object.values(scores))),
  };
  console.log(JSON.stringify(result));
  return result;
});
const chosen = results.reduce((a, b) => (b.mean > a.mean ? b : a)).embedding;
console.log(`chosen: ${chosen}`);
writeFileSync(
  new URL('../results/catalogue-embedding.json', import.meta.url),
  `${JSON.stringify({ chosen, results }, null, 2)}\n`,
);
