import { MessageChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { type FittedImages, fitImages, type PhotoTarget } from '../../core/data/fitPicture.ts';
import {
  type Dataset,
  everyIndex,
  type ImagesInMemory,
  imagesInMemory,
  type LabelledImages,
  pictureBytes,
} from '../../core/data/images.ts';
import { SelvedgeError } from '../../core/errors.ts';
import { type Inspection, type InspectOptions, inspect } from '../../core/inspection/inspect.ts';
import type { InspectionTarget } from '../../core/inspection/target.ts';
import type { RunTask, TaskResults } from '../../core/inspection/tasks.ts';
import { builtFile } from '../builtFile.ts';
import type { SentTask } from './inspectionWorker.ts';

/** Inspects with the target's number of threads; the caller's stays free. */
export async function inspectOnThreads(options: Omit<InspectOptions, 'clock' | 'runTask'>): Promise<Inspection> {
  const pool = createInspectionPool(options.target);
  const data = options.data && (await sharedDataset(options.data, options.target.preprocessing));
  try {
    return await inspect({ ...options, data, runTask: pool.runTask, clock: () => performance.now() });
  } finally {
    await pool.close();
  }
}

/** Threads that run the tasks of an inspection in parallel, as many as the target's `threads`. */
function createInspectionPool(target: InspectionTarget) {
  const { network, parameters, untrained, preprocessing, engine, threads, layers } = target;
  const pool = new Piscina<SentTask, unknown>({
    filename: builtFile('node/workers/inspectionWorker.js').href,
    name: 'runTask',
    minThreads: 0,
    maxThreads: threads,
  });
  const { module, wasmSha256 } = engine;
  // A thread that cannot start has no task that could fail.
  const broken = new Promise<never>((_, reject) => pool.once('error', reject));
  broken.catch(() => {});
  const runTask: RunTask = async (name, input, onProgress) => {
    const { port1, port2: port } = new MessageChannel();
    port1.on('message', ([share, doing]: [number, string]) => onProgress(share, doing));
    const weights = { spec: network.spec, parameters, untrained, preprocessing, layers };
    const task = { ...weights, module, wasmSha256, name, input: withoutFunctions(input), port };
    try {
      const done = pool.run(task, { transferList: [port] });
      return (await Promise.race([done, broken])) as TaskResults[typeof name];
    } catch (cause) {
      const { message } = cause as Error;
      throw new SelvedgeError('worker-failed', `A thread that inspects the network failed (${message}).`, { cause });
    } finally {
      port1.close();
    }
  };
  return { runTask, close: () => pool.destroy() };
}

/** The same data set in memory that threads share, so that it is not copied. */
async function sharedDataset({ name, classNames, train, test }: Dataset, target: PhotoTarget): Promise<Dataset> {
  return { name, classNames, train: await smallest(train, target), test: await smallest(test, target) };
}

/** Pictures that take less memory before they are resized are resized by the threads. */
async function smallest(set: LabelledImages | FittedImages, target: PhotoTarget): Promise<LabelledImages> {
  if (!('unfitted' in set) || pictureBytes(set) <= pictureBytes(set.unfitted)) return shared(set);
  return fitImages(await shared(set.unfitted), target);
}

async function shared(set: LabelledImages): Promise<ImagesInMemory> {
  const { count } = set;
  const images = new Uint8Array(new SharedArrayBuffer(count * pictureBytes(set)));
  await set.read(everyIndex(set), images);
  const labels = new Uint32Array(new SharedArrayBuffer(count * 4));
  labels.set(set.labels);
  return imagesInMemory(images, labels, set);
}

/** An input as it can be sent: without the functions that read images, which `inspectionWorker` creates again. */
function withoutFunctions<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Array.isArray(value)) return value;
  const entries = Object.entries(value).filter(([, item]) => typeof item !== 'function');
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutFunctions(item)])) as Value;
}
