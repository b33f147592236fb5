// Chooses the embedding that is served by default: node bench/catalogue/chooseEmbedding.mjs [--runs DIR]
// No test image takes part. Embeddings are scored by MAP@R on 5,000 validation images of all classes (seen), by MAP@R on 5,000 training images of the three
// classes that seed 0's network was not trained on (unseen), and by the share of 2,000 moved validation images whose original is the nearest (moved). The
// mean of the three decides.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { embed } from '../../dist/core/catalogue/similarity/head.js';
import { recallOfOwn, retrievalScores } from '../../dist/core/catalogue/similarity/measures.js';
import { headDefaults, trainHead } from '../../dist/core/catalogue/similarity/trainHead.js';
import { sideBySide } from '../../dist/core/catalogue/similarity/vectors.js';
import { stratifiedSplit } from '../../dist/core/data/split.js';
import { randomSequence, streams } from '../../dist/core/engine/random.js';
import { nodeEngine } from '../../dist/node/engine.js';
import { hog, pixels } from './embeddings.mjs';
import { alteredViews, heldOut, keptFeatures, openMaterial, others, part, rowsOf, size } from './material.mjs';
import { openBackbone } from './served.mjs';

const { values } = parseArgs({ options: { runs: { type: 'string', default: 'runs/catalogue' } } });
const material = await openMaterial(values);
const { train } = material;
const engine = await nodeEngine();
const [held, altered] = [5000, 2000];

const backbone = await openBackbone(material, engine);
const validated = await material.network('fast', 0, 'seen-validation', ['--validation', String(held)]);
const seven = await material.network('fast', 0, 'held');

const split = stratifiedSplit(train.labels, held, randomSequence(0, streams.split, 0).below);
const [fitted, kept] = [new Set(split.train), new Set(split.validation)];
const isKept = (i) => kept.has(i);
const seen = part(train, isKept);
const whole = part(train, (i) => heldOut[0].includes(train.labels[i]));
const unseen = { images: whole.images.slice(0, held * size), labels: whole.labels.slice(0, held) };
const { moved } = alteredViews(seen.images.slice(0, altered * size));

const features = async (network, which, images) => {
  const { features, D } = await keptFeatures(material, engine, network, which, images);
  return { vectors: features, dimensions: D };
};
const all = await features(validated, 'train', train.images);
const D = all.dimensions;
const ofSeven = await features(seven, 'train-held', whole.images);
const own = {
  seen: { vectors: rowsOf(all.vectors, D, isKept), dimensions: D },
  unseen: { vectors: ofSeven.vectors.slice(0, held * D), dimensions: D },
  moved: await features(validated, 'validation-moved', moved),
};
const fit = {
  seen: { values: rowsOf(all.vectors, D, (i) => fitted.has(i)), labels: train.labels.filter((_, i) => fitted.has(i)) },
  unseen: {
    values: (await features(seven, 'train', part(train, (i) => others(0).includes(train.labels[i])).images)).vectors,
    labels: train.labels.filter((y) => others(0).includes(y)).map((y) => others(0).indexOf(y)),
  },
};
const heads = {
  seen: trainHead(fit.seen, { ...headDefaults, classes: 10, seed: 0 }),
  unseen: trainHead(fit.unseen, { ...headDefaults, classes: 7, seed: 0 }),
};
const embedded = (name, head) => ({ vectors: embed(head, own[name].vectors), dimensions: headDefaults.dimensions });
const plain = (method) => ({
  seen: method(seen.images),
  unseen: method(unseen.images),
  moved: method(moved),
});
const sized = (vectors, images) => ({ vectors, dimensions: vectors.length / (images.length / size) });
const parts = {
  pixels: plain((images) => sized(pixels(images), images)),
  HOG: plain((images) => sized(hog(images), images)),
  backbone: {
    seen: await backbone(seen.images, 'validation'),
    unseen: await backbone(unseen.images, 'train-held'),
    moved: await backbone(moved, 'validation-moved'),
  },
  features: own,
  head: {
    seen: embedded('seen', heads.seen),
    unseen: embedded('unseen', heads.unseen),
    moved: embedded('moved', heads.seen),
  },
};
const candidates = [
  ...Object.keys(parts).map((name) => [name]),
  ...['HOG', 'backbone'].flatMap((more) => ['features', 'head'].map((name) => [name, more])),
];
const round = (value) => Number(value.toFixed(4));
const results = candidates.map((names) => {
  const of = (which) => sideBySide(names.map((name) => parts[name][which]));
  const mapOf = (which, labels) => retrievalScores(engine, { ...of(which), labels });
  const indices = Uint32Array.from({ length: altered }, (_, i) => i);
  const scores = { seen: mapOf('seen', seen.labels), unseen: mapOf('unseen', unseen.labels) };
  const found = recallOfOwn(engine, of('seen').vectors, of('moved').vectors, indices, 1);
  const result = {
    embedding: names.join(' + '),
    ...{ seen: round(scores.seen.mapAtR), unseen: round(scores.unseen.mapAtR), moved: round(found) },
    ...{ seenPrecision1: round(scores.seen.precision1), unseenPrecision1: round(scores.unseen.precision1) },
    mean: round((scores.seen.mapAtR + scores.unseen.mapAtR + found) / 3),
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
