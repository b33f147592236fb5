// One figure of one build, in a fresh process, through what both builds export: ROOT WHAT MODEL [DATA] in, JSON out.
const [root, what, modelFile, folder] = process.argv.slice(2);
const { loadDataset, loadModel, openClassifier, train } = await import(`${root}/dist/node/index.js`);
const { performance } = globalThis;
const batch = 300;
const steps = 45;
const warmUp = 5;
const middle = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function trainingStep() {
  const data = await loadDataset(folder ? { folder } : {});
  const times = [];
  let previous = performance.now();
  const onStep = () => {
    const now = performance.now();
    times.push(now - previous);
    previous = now;
  };
  await train(data, { epochs: 1, batchSize: batch, limit: steps * batch, seed: 0, threads: 2, onStep });
  return middle(times.slice(warmUp));
}

/** Microseconds of one call with `size` images. */
async function inference(size) {
  const classifier = await openClassifier(await loadModel(modelFile), { threads: 1 });
  const pixels = Uint8Array.from({ length: size * 784 }, (_, i) => (i * 37) % 256);
  const times = [];
  const until = performance.now() + 1500;
  while (performance.now() < until) {
    const began = performance.now();
    await classifier.probabilities(pixels);
    times.push((performance.now() - began) * 1000);
  }
  await classifier.close();
  return middle(times.slice(Math.floor(times.length / 5)));
}

const value = what.startsWith('inference') ? await inference(Number(what.split('-')[1])) : await trainingStep();
console.log(JSON.stringify({ value, memory: process.resourceUsage().maxRSS * 1024 }));
