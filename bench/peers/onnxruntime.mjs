// ONNX Runtime as a peer: it only answers. Modes: the graph takes bytes, or pixels normalised beforehand.

import { seedModel } from './onnxReference.mjs';
import { gather, importPeer, pixels, readCheckSet, readRequest, readTrainingSet, timeInference } from './protocol.mjs';

const request = readRequest();
const { folder, mode } = request;
const { module: ort, version } = await importPeer('onnxruntime-node');
const fromBytes = mode === 'bytes';

async function open(threads) {
  const session = await ort.InferenceSession.create(seedModel(folder, fromBytes), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
  });
  return async (set, row, size) => {
    const range = () => Uint32Array.from({ length: size }, (_, i) => row + i);
    const data = fromBytes ? set.images.subarray(row * pixels, (row + size) * pixels) : gather(set, range());
    const tensor = new ort.Tensor(fromBytes ? 'uint8' : 'float32', data, [size, 1, 28, 28]);
    const answer = await session.run({ [session.inputNames[0]]: tensor });
    return answer[session.outputNames[0]].data;
  };
}

const tasks = {
  describe: () => ({ name: 'ONNX Runtime, Node', version, trainModes: [], inferModes: ['bytes', 'pixels'] }),
  async check({ batch }) {
    const run = await open(1);
    return { logits: [...(await run(readCheckSet(folder), 0, batch))], losses: null };
  },
  async infer({ threads, sizes, seconds }) {
    const run = await open(threads);
    const set = readTrainingSet(folder);
    return timeInference({ sizes, seconds }, set.count, (row, size) => run(set, row, size));
  },
};

console.log(JSON.stringify(await tasks[request.task](request)));
