// Chooses the settings of the similarity head: node bench/catalogue/chooseHead.mjs [--runs DIR]
// No test image takes part. A head is trained on the features of the fast recipe's network, and scored by MAP@R in two ways: on 5,000
// validation images of all classes (seen), and on 5,000 training images of the three classes that seed 0's network was not trained on (unseen).
// Of the settings that are not below the plain features on unseen classes, the one that is best on seen ones is chosen: temperature first,
// then dimensions, learning rate and epochs. What was measured is kept in DIR.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { embed } from '../../dist/core/catalogue/similarity/head.js';
import { retrievalScores } from '../../dist/core/catalogue/similarity/measures.js';
import { trainHead } from '../../dist/core/catalogue/similarity/trainHead.js';
import { normalised } from '../../dist/core/catalogue/similarity/vectors.js';
import { stratifiedSplit } from '../../dist/core/data/split.js';
import { randomSequence, streams } from '../../dist/core/engine/random.js';
import { nodeEngine } from '../../dist/node/engine.js';
import { heldOut, keptFeatures, openMaterial, others, part, rowsOf } from './material.mjs';

const { values } = parseArgs({ options: { runs: { type: 'string', default: 'runs/catalogue' } } });
const material = await openMaterial(values);
const engine = await nodeEngine();
const held = 5000;

async function seen() {
  const network = await material.network('fast', 0, 'seen-validation', ['--validation', String(held)]);
  const { train } = material;
  const { features, D } = await keptFeatures(material, engine, network, 'train', train.images);
  const split = stratifiedSplit(train.labels, held, randomSequence(0, streams.split, 0).below);
  const some = (indices) => {
    const chosen = new Set(indices);
    return {
      values: rowsOf(features, D, (i) => chosen.has(i)),
      labels: train.labels.filter((_, i) => chosen.has(i)),
    };
  };
  return { fit: some(split.train), score: some(split.validation), D, Y: 10 };
}

async function unseen() {
  const network = await material.network('fast', 0, 'held');
  const own = part(material.train, (i) => others(0).includes(material.train.labels[i]));
  const rest = part(material.train, (i) => heldOut[0].includes(material.train.labels[i]));
  const fit = await keptFeatures(material, engine, network, 'train', own.images);
  const { features, D } = await keptFeatures(material, engine, network, 'train-held', rest.images);
  const labels = own.labels.map((label) => others(0).indexOf(label));
  return {
    fit: { values: fit.features, labels },
    score: { values: features.slice(0, held * D), labels: rest.labels.slice(0, held) },
    ...{ D, Y: others(0).length },
  };
}

const cases = { seen: await seen(), unseen: await unseen() };
const round = (value) => Number(value.toFixed(4));
const file = join(values.runs, 'head-choices.json');
const results = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
function measured(settings) {
  const known = results.find((one) => JSON.stringify(one.settings) === JSON.stringify(settings));
  if (known) return known;
  const scores = Object.fromEntries(
    Object.entries(cases).map(([name, { fit, score, D, Y }]) => {
      const head = settings && trainHead(fit, { ...settings, classes: Y, seed: 0 });
      const vectors = head ? embed(head, score.values) : normalised(score.values, D);
      const dimensions = head ? settings.dimensions : D;
      const { precision1, mapAtR } = retrievalScores(engine, { vectors, dimensions, labels: score.labels });
      return [name, { precision1: round(precision1), mapAtR: round(mapAtR) }];
    }),
  );
  results.push({ settings, ...scores });
  writeFileSync(file, JSON.stringify(results));
  console.log(JSON.stringify(results.at(-1)));
  return results.at(-1);
}

const plain = measured(null);
function best(list) {
  const all = list.map(measured);
  const good = all.filter(({ unseen }) => unseen.mapAtR >= plain.unseen.mapAtR);
  const [from, by] = good.length > 0 ? [good, 'seen'] : [all, 'unseen'];
  return from.reduce((a, b) => (b[by].mapAtR > a[by].mapAtR ? b : a)).settings;
}

const base = { dimensions: 64, temperature: 0.1, epochs: 3, learningRate: 0.002 };
let chosen = best([0.05, 0.1, 0.2, 0.5].map((temperature) => ({ ...base, temperature })));
chosen = best([32, 64, 128].map((dimensions) => ({ ...chosen, dimensions })));
chosen = best([0.0005, 0.002, 0.008].map((learningRate) => ({ ...chosen, learningRate })));
chosen = best([1, 3, 10].map((epochs) => ({ ...chosen, epochs })));
console.log(`chosen: ${JSON.stringify(chosen)}`);
writeFileSync(
  new URL('../results/catalogue-head.json', import.meta.url),
  `${JSON.stringify({ chosen, results }, null, 2)}\n`,
);
