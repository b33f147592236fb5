// Compares embeddings for similar items: node bench/catalogue/quality.mjs [--runs DIR] [--seeds 0,1,2,3,4] [--threads N] [--save]
// Networks that are not in DIR are trained; what was measured before is kept in DIR. With --save the figures go to
// bench/results/catalogue-quality.json and the tables to docs/catalogue-quality.md.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { embed } from '../../dist/core/catalogue/similarity/head.js';
import { intraListDiversity, recallOfOwn, retrievalScores } from '../../dist/core/catalogue/similarity/measures.js';
import { diversified } from '../../dist/core/catalogue/similarity/shaping.js';
import { headDefaults } from '../../dist/core/catalogue/similarity/trainHead.js';
import { createVectorIndex } from '../../dist/core/catalogue/similarity/vectorIndex.js';
import { normalised, sideBySide } from '../../dist/core/catalogue/similarity/vectors.js';
import { builtinNetwork } from '../../dist/core/graph/builtin.js';
import { initialParameters } from '../../dist/core/graph/initialise.js';
import { buildNetwork } from '../../dist/core/graph/network.js';
import { nodeEngine } from '../../dist/node/engine.js';
import { describeMachine } from '../lib/machine.mjs';
import { hog, pca, pixels, principalComponents } from './embeddings.mjs';
import { alteredViews, heldOut, keptFeatures, openMaterial, others, part, rowsOf, seeds, size } from './material.mjs';
import { publish } from './qualityTables.mjs';
import { keptHead, openBackbone } from './served.mjs';

const alteredQueries = 2000;
const diversityQueries = 500;
const shown = 10;
const components = 64;
/** λ of MMR, and the candidates that it chooses from. */
export const diversity = { lambda: 0.5, candidates: 50 };

/** Measures all embeddings that are not measured yet. */
export async function measureQuality({ runs, threads = 1, seeds: wanted = seeds }) {
  const engine = await nodeEngine();
  const material = await openMaterial({ runs, threads });
  const { train, test } = material;
  const views = alteredViews(test.images.slice(0, alteredQueries * size));
  const file = join(runs, 'quality.json');
  const results = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
  const isDone = (setting, embedding, seed) =>
    results.some((one) => one.setting === setting && one.embedding === embedding && one.seed === seed);
  const note = (result) => {
    results.push(result);
    writeFileSync(file, `${JSON.stringify(results)}\n`);
    console.log(JSON.stringify(result));
  };
  const pixelVectors = pixels(test.images);

  /** Scores of an embedding on all classes: a matrix of the test images and one of each altered view. */
  function noteSeen(embedding, seed, { vectors, moved, mirrored, queries }) {
    const dimensions = vectors.length / test.labels.length;
    const scores = retrievalScores(engine, { vectors, dimensions, labels: test.labels, ...(queries && { queries }) });
    const views = {};
    if (moved) {
      const own = Uint32Array.from({ length: alteredQueries }, (_, i) => i);
      views.moved = recallOfOwn(engine, vectors, moved, own, 1);
      views.mirrored = recallOfOwn(engine, vectors, mirrored, own, 1);
    }
    note({
      setting: 'seen',
      embedding,
      seed,
      ...scores,
      ...views,
      ...(queries ? {} : diversityOf(vectors, dimensions)),
    });
  }

  /** How different the ten nearest look, by their pixels, in their order and chosen by MMR; and their precision then. */
  function diversityOf(vectors, dimensions) {
    const index = createVectorIndex(engine, dimensions);
    index.addAll(vectors);
    const sums = { plain: 0, diverse: 0, diversePrecision: 0 };
    for (let q = 0; q < diversityQueries; q++) {
      const query = vectors.subarray(q * dimensions, (q + 1) * dimensions);
      const found = index.search(query, diversity.candidates, { allowed: (row) => row !== q });
      const look = (list) =>
        intraListDiversity(list.map(({ row }) => pixelVectors.subarray(row * size, (row + 1) * size)));
      const diverse = diversified(found, shown, diversity.lambda, index.vector);
      sums.plain += look(found.slice(0, shown)) / diversityQueries;
      sums.diverse += look(diverse) / diversityQueries;
      sums.diversePrecision +=
        diverse.filter(({ row }) => test.labels[row] === test.labels[q]).length / shown / diversityQueries;
    }
    return sums;
  }

  function noteHeld(embedding, seed, vectors, queries) {
    const labels = test.labels.filter((label) => heldOut[seed].includes(label));
    const dimensions = vectors.length / labels.length;
    const scores = retrievalScores(engine, { vectors, dimensions, labels, ...(queries && { queries }) });
    note({ setting: 'held', embedding, seed, ...scores });
  }
  const isHeld = (seed) => (i) => heldOut[seed].includes(test.labels[i]);

  // What does not depend on a seed is measured once on all classes, and on each split's held-out ones.
  const backboneOf = await openBackbone(material, engine);
  const backboneVectors = async (images, which) => {
    const { vectors, dimensions } = await backboneOf(images, which);
    return normalised(vectors, dimensions);
  };
  const fixed = { pixels, hog, backbone: backboneVectors };
  for (const [embedding, method] of Object.entries(fixed)) {
    const missing = wanted.filter((seed) => !isDone('held', embedding, seed));
    if (missing.length === 0 && isDone('seen', embedding, 0)) continue;
    const vectors = await method(test.images, 'test');
    if (!isDone('seen', embedding, 0)) {
      const [moved, mirrored] = [await method(views.moved, 'moved'), await method(views.mirrored, 'mirrored')];
      noteSeen(embedding, 0, { vectors, moved, mirrored });
    }
    const D = vectors.length / test.labels.length;
    for (const seed of missing) noteHeld(embedding, seed, rowsOf(vectors, D, isHeld(seed)));
  }
  const first = 10_000;
  if (!isDone('seen', 'pca', 0)) {
    const found = principalComponents(train.images.subarray(0, first * size), components);
    const of = (images) => pca(found, images);
    noteSeen('pca', 0, { vectors: of(test.images), moved: of(views.moved), mirrored: of(views.mirrored) });
  }
  for (const seed of wanted) {
    if (isDone('held', 'pca', seed)) continue;
    const own = part(train, (i) => i < first && others(seed).includes(train.labels[i]));
    const found = principalComponents(own.images, components);
    noteHeld('pca', seed, pca(found, part(test, isHeld(seed)).images));
  }

  /** A network's features, the head on them, and the labels that it predicts. */
  async function noteNetwork(seed, setting, network, names) {
    const all = [names.features, names.head, names.label, ...(names.pairs ?? []).map(({ name }) => name)];
    const missing = all.filter((name) => name !== undefined && !isDone(setting, name, seed));
    if (missing.length === 0) return;
    const isSeen = setting === 'seen';
    const gallery = isSeen ? test : part(test, isHeld(seed));
    const features = async (which, images) => keptFeatures(material, engine, network, which, images);
    const own = await features('test', gallery.images);
    const altered = isSeen
      ? {
          moved: (await features('moved', views.moved)).features,
          mirrored: (await features('mirrored', views.mirrored)).features,
        }
      : {};
    const noted = (name, of, more = {}) => {
      if (!missing.includes(name)) return;
      const matrices = Object.fromEntries(Object.entries(altered).map(([view, values]) => [view, of(values)]));
      if (isSeen) noteSeen(name, seed, { vectors: of(own.features), ...matrices, ...more });
      else noteHeld(name, seed, of(own.features));
    };
    noted(names.features, (values) => normalised(values, own.D));
    const trained = () => {
      const rows = async () => {
        const fit = isSeen ? train : part(train, (i) => others(seed).includes(train.labels[i]));
        const labels = fit.labels.map((label) => (isSeen ? label : others(seed).indexOf(label)));
        return { values: (await features('train', fit.images)).features, labels };
      };
      return keptHead(material, network.name, own.D, rows, { classes: own.Y, seed });
    };
    if (missing.includes(names.head)) {
      const head = await trained();
      noted(names.head, (values) => embed(head, values));
    }
    for (const { name, method, withHead } of names.pairs ?? []) {
      if (!missing.includes(name)) continue;
      const head = withHead && (await trained());
      const other = await method(test.images, 'test');
      const width = other.length / test.labels.length;
      const both = (values, more) =>
        sideBySide([
          head
            ? { vectors: embed(head, values), dimensions: headDefaults.dimensions }
            : { vectors: values, dimensions: own.D },
          { vectors: more, dimensions: width },
        ]).vectors;
      const vectors = both(own.features, isSeen ? other : rowsOf(other, width, isHeld(seed)));
      if (!isSeen) noteHeld(name, seed, vectors);
      else {
        const moved = both(altered.moved, await method(views.moved, 'moved'));
        const mirrored = both(altered.mirrored, await method(views.mirrored, 'mirrored'));
        noteSeen(name, seed, { vectors, moved, mirrored });
      }
    }
    if (names.label && missing.includes(names.label)) {
      // Gallery items by their probability of the class that is predicted for the query.
      const queries = new Float32Array(own.probabilities.length);
      for (let n = 0; n < queries.length; n += own.Y) {
        const row = own.probabilities.subarray(n, n + own.Y);
        queries[n + row.indexOf(Math.max(...row))] = 1;
      }
      if (isSeen) noteSeen(names.label, seed, { vectors: own.probabilities, queries });
      else noteHeld(names.label, seed, own.probabilities, queries);
    }
  }
  for (const seed of wanted) {
    const network = buildNetwork(builtinNetwork('reference'));
    const random = {
      name: `random-${seed}`,
      model: {
        network,
        parameters: initialParameters(network, seed),
        classNames: material.data.classNames,
        preprocessing: { divideBy: 255, reshape: [28, 28, 1], labels: 'oneHot' },
      },
    };
    await noteNetwork(seed, 'seen', random, { features: 'random' });
    await noteNetwork(seed, 'held', { ...random, name: `random-held-${seed}` }, { features: 'random' });
    for (const recipe of ['reference', 'fast']) {
      const names = {
        features: `${recipe} features`,
        head: `${recipe} head`,
        ...(recipe === 'fast' && {
          label: 'predicted label',
          pairs: [
            { name: 'fast features + HOG', method: hog, withHead: false },
            { name: 'fast features + backbone', method: backboneVectors, withHead: false },
            { name: 'fast head + backbone', method: backboneVectors, withHead: true },
          ],
        }),
      };
      for (const setting of ['seen', 'held']) {
        const network = await material.network(recipe, seed, setting);
        await noteNetwork(seed, setting, network, names);
      }
    }
  }
  return results;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: 'runs/catalogue' },
      seeds: { type: 'string', default: seeds.join() },
      threads: { type: 'string', default: '1' },
      save: { type: 'boolean', default: false },
    },
  });
  const machine = describeMachine();
  const chosen = { runs: values.runs, threads: Number(values.threads), seeds: values.seeds.split(',').map(Number) };
  const results = await measureQuality(chosen);
  publish(results, { machine, settings: { head: headDefaults, diversity }, save: values.save });
}
