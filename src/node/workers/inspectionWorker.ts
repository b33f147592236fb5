import type { MessagePort } from 'node:worker_threads';
import { fitImages, type PhotoTarget } from '../../core/data/fitPicture.ts';
import { type Dataset, type ImagesInMemory, imagesInMemory } from '../../core/data/images.ts';
import type { Preprocessing } from '../../core/data/preprocessing.ts';
import { createInlineTeam } from '../../core/engine/team.ts';
import type { EngineModule } from '../../core/engine/wasm.ts';
import { buildNetwork } from '../../core/graph/network.ts';
import type { LayerSpec } from '../../core/graph/spec.ts';
import type { LayerChoice } from '../../core/inspection/target.ts';
import { localTasks, type TaskInputs, type TaskName } from '../../core/inspection/tasks.ts';

/** A target as it is sent to a thread, with a task of its inspection. */
export interface SentTask {
  readonly spec: readonly LayerSpec[];
  readonly parameters: Float32Array;
  readonly untrained: Float32Array;
  readonly preprocessing: Preprocessing;
  readonly layers: LayerChoice | undefined;
  readonly module: EngineModule;
  readonly wasmSha256: string;
  readonly name: TaskName;
  readonly input: TaskInputs[TaskName];
  /** Receives progress: a share, and the current step. */
  readonly port: MessagePort;
}

/** Runs in the thread pool of `inspectOnThreads`, with the kernels in the same thread. */
export async function runTask({ spec, module, wasmSha256, name, input, port, ...weights }: SentTask) {
  const engine = { module, createTeam: createInlineTeam, wasmSha256 };
  const target = { ...weights, network: buildNetwork(spec), engine, threads: 1 };
  try {
    return await localTasks(target)(name, withImages(input, weights.preprocessing), (share, doing) =>
      port.postMessage([share, doing]),
    );
  } finally {
    port.close();
  }
}

type SentImages = ImagesInMemory | { readonly unfitted: ImagesInMemory };

/** The input with sets of images that can be read again. */
function withImages<Input extends object>(input: Input, target: PhotoTarget): Input {
  const sent = input as { readonly set?: SentImages; readonly data?: Dataset };
  const read = (set: SentImages) => {
    const { images, labels, ...size } = 'unfitted' in set ? set.unfitted : set;
    const whole = imagesInMemory(images, labels, size);
    return 'unfitted' in set ? fitImages(whole, target) : whole;
  };
  return {
    ...input,
    ...(sent.set && { set: read(sent.set) }),
    ...(sent.data && {
      data: {
        ...sent.data,
        train: read(sent.data.train as SentImages),
        test: read(sent.data.test as SentImages),
      },
    }),
  };
}
