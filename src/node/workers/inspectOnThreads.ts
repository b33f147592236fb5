import { MessageChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { Dataset, LabelledImages } from '../../core/data/images.ts';
import { SelvedgeError } from '../../core/errors.ts';
import { type Inspection, type InspectOptions, inspect } from '../../core/inspection/inspect.ts';
import type { Subject } from '../../core/inspection/target.ts';
import type { DoPiece, PieceResults } from '../../core/inspection/tasks.ts';
import { builtFile } from '../builtFile.ts';
import type { SentPiece } from './inspectionWorker.ts';

/** Inspects with the subject's number of threads; the caller's stays free. */
export async function inspectOnThreads(options: Omit<InspectOptions, 'clock' | 'doPiece'>): Promise<Inspection> {
  const pool = createInspectionPool(options.subject);
  const data = options.data && sharedDataset(options.data);
  try {
    return await inspect({ ...options, data, doPiece: pool.doPiece, clock: () => performance.now() });
  } finally {
    await pool.close();
  }
}

interface InspectionPool {
  readonly doPiece: DoPiece;
  close(): Promise<void>;
}

/** Threads that do the pieces of an inspection side by side, as many as the subject's `threads`. */
function createInspectionPool({ network, parameters, untrained, engine, threads }: Subject): InspectionPool {
  const pool = new Piscina<SentPiece, unknown>({
    filename: builtFile('node/workers/inspectionWorker.js').href,
    name: 'doPiece',
    minThreads: 0,
    maxThreads: threads,
  });
  const { module, wasmSha256 } = engine;
  // A thread that cannot even start has no piece to fail.
  const broken = new Promise<never>((_, reject) => pool.once('error', reject));
  broken.catch(() => {});
  return {
    async doPiece(name, input, onProgress) {
      const { port1, port2: port } = new MessageChannel();
      port1.on('message', ([share, doing]: [number, string]) => onProgress(share, doing));
      const piece = { spec: network.spec, parameters, untrained, module, wasmSha256, name, input, port };
      try {
        const done = pool.run(piece, { transferList: [port] });
        return (await Promise.race([done, broken])) as PieceResults[typeof name];
      } catch (cause) {
        const { message } = cause as Error;
        throw new SelvedgeError('worker-failed', `A thread that inspects the network failed (${message}).`, { cause });
      } finally {
        port1.close();
      }
    },
    close: () => pool.destroy(),
  };
}

/** The same data set in memory that threads share, so that sending it copies nothing. */
function sharedDataset(data: Dataset): Dataset {
  return { ...data, train: shared(data.train), test: shared(data.test) };
}

function shared(set: LabelledImages): LabelledImages {
  return { ...set, images: inSharedMemory(set.images), labels: inSharedMemory(set.labels) };
}

function inSharedMemory(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}
