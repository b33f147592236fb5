// What the tests ask of a browser. The task stands in the address as JSON; the answer is posted back as JSON.
import {
  backboneFor,
  fashionMnistClassNames,
  labelledImages,
  littleEndianBytes,
  openClassifier,
  parseIdxImages,
  parseIdxLabels,
  readBackbone,
  sha256,
  train,
  transfer,
} from 'selvedge/web';
import { failures } from './failures.js';

async function unzipped(name) {
  const compressed = await fetch(`/data/${name}.gz`);
  const plain = compressed.ok
    ? new Response(compressed.body.pipeThrough(new DecompressionStream('gzip')))
    : await fetch(`/data/${name}`);
  return new Uint8Array(await plain.arrayBuffer());
}

async function setOf(part) {
  const [images, labels] = [`${part}-images-idx3-ubyte`, `${part}-labels-idx1-ubyte`];
  return labelledImages(
    parseIdxImages(await unzipped(images), images),
    parseIdxLabels(await unzipped(labels), labels),
    fashionMnistClassNames.length,
  );
}

const digest = (values) => sha256(littleEndianBytes(values));

/** Trains with each of the configurations in turn, to `stopAfter` steps where a run has it; then the last of them answers for the test images. */
async function weights({ runs }) {
  const data = {
    name: 'data',
    classNames: fashionMnistClassNames,
    train: await setOf('train'),
    test: await setOf('t10k'),
  };
  const turns = countTurns();
  const workers = countWorkers();
  const answer = { weights: [], seconds: [] };
  let model;
  for (const run of runs) {
    const began = performance.now();
    let steps = 0;
    const signal = {
      get aborted() {
        return steps === run.stopAfter;
      },
    };
    const onStep = () => {
      steps += 1;
    };
    ({ model } = await train(data, { ...run, onStep, signal }));
    answer.seconds.push((performance.now() - began) / 1000);
    answer.weights.push(await digest(model.parameters));
  }
  const classifier = await openClassifier(model, { threads: runs.at(-1).threads });
  const probabilities = await digest(await classifier.probabilities(data.test.images));
  await classifier.close();
  return { ...answer, probabilities, workers: workers(), turns: turns() };
}

/** Fits a new last layer to pretrained features. */
async function transferred({ side, ...options }) {
  const file = '/backbones/efficientnet-lite0.safetensors';
  const bytes = new Uint8Array(await (await fetch(file)).arrayBuffer());
  const backbone = backboneFor(readBackbone(bytes, file), [side, side, 3]);
  const data = {
    name: 'data',
    classNames: fashionMnistClassNames,
    train: await setOf('train'),
    test: await setOf('t10k'),
  };
  const { model } = await transfer(data, { ...options, backbone });
  return { weights: await digest(model.parameters) };
}

/** Counts the Web Workers that are started. */
function countWorkers() {
  let count = 0;
  globalThis.Worker = class extends Worker {
    constructor(url, options) {
      super(url, options);
      count += 1;
    }
  };
  return () => count;
}

/** Counts how often the page gets its turn; a page that never does is frozen. */
function countTurns() {
  let count = 0;
  const timer = setInterval(() => {
    count += 1;
  });
  return () => {
    clearInterval(timer);
    return count;
  };
}

async function answerOf({ name, ...task }) {
  const platform = { isolated: globalThis.crossOriginIsolated, userAgent: navigator.userAgent };
  return { ...platform, ...(await { weights, transferred, failures }[name](task)) };
}

const task = JSON.parse(decodeURIComponent(location.search.slice(1)));
const answer = await answerOf(task).catch((error) => ({ error: `${error}\n${error.stack}` }));
await fetch('/answer', { method: 'POST', body: JSON.stringify(answer) });
