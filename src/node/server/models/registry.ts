import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { SelvedgeError } from '../../../core/errors.ts';
import { readServableModel } from '../../../core/formats/modelFile.ts';
import { sizeOf } from '../../../core/graph/shape.ts';
import type { ServableModel } from '../../../core/model/model.ts';
import { httpError } from '../errors.ts';
import { quoted } from '../protocols/parameters.ts';
import {
  type BatcherOptions,
  type BatchWorker,
  type DynamicBatcher,
  openBatcher,
} from '../scheduling/dynamicBatcher.ts';
import { findModels, type ModelFile } from './modelFiles.ts';
import { type Reliability, reliabilityOf } from './reliability.ts';

/** A model version that is served. */
export interface Served {
  readonly name: string;
  readonly version: string;
  /** The first 12 hexadecimal digits of the file's SHA-256. */
  readonly digest: string;
  readonly model: ServableModel;
  readonly pictureSize: number;
  readonly batcher: DynamicBatcher;
  readonly reliability: Reliability;
}

/** Events of models, for logs and metrics. */
export interface RegistryEvents {
  loaded(served: Served, milliseconds: number): void;
  /** A file cannot be used; the version served before stays. */
  rejected(file: ModelFile, reason: string): void;
  /** A file or folder is ignored, because it is not a model's. */
  ignored(path: string, reason: string): void;
  /** No model is found any more; those that are served stay. */
  vanished(): void;
  /** A version accepts no more requests. */
  retired(served: Served): void;
  /** It has answered those that it accepted, and is closed. */
  drained(served: Served): void;
  batch(served: Pick<Served, 'name'>, pictures: number, milliseconds: number): void;
  replaced(served: Pick<Served, 'name' | 'version'>, cause: unknown): void;
}

export interface RegistryOptions extends Pick<BatcherOptions, 'workers' | 'maxBatch' | 'maxDelayMs' | 'queue'> {
  /** A model's file, a run's folder, or a folder of models. */
  readonly path: string;
  openWorker(model: ServableModel): Promise<BatchWorker>;
  readonly events: RegistryEvents;
}

/** The models at a path, each at its newest usable version. */
export interface Registry {
  /** Empty before all have been loaded once. */
  all(): readonly Served[];
  /**
   * The model of a name, or the only one.
   * @throws HttpError 'unknown-model', 'model-not-named', 'unknown-version' or 'not-ready'
   */
  get(name?: string, version?: string): Served;
  /** Calls with the same; it stays until the action is done, even when another version replaces it meanwhile. */
  use<T>(name: string | undefined, version: string | undefined, action: (served: Served) => Promise<T>): Promise<T>;
  /** Scans the path again: loads, swaps and retires models. Calls run one after the other; after the first, models are served. */
  refresh(): Promise<void>;
  /** Drains every model. */
  close(): Promise<void>;
}

interface Current {
  readonly from: ModelFile;
  readonly served: Served;
}

export function createRegistry(options: RegistryOptions): Registry {
  const { events } = options;
  const current = new Map<string, Current>();
  /** By file: its signature, the reason, and whether the file itself is at fault. */
  const rejected = new Map<string, { signature: string; reason: string; lasting: boolean }>();
  const draining = new Set<Promise<void>>();
  let list: readonly Served[] = [];
  let turn: Promise<void> = Promise.resolve();
  const reported = new Set<string>();
  let isEmpty = false;
  let hasScanned = false;
  let closed = false;

  const publish = () => {
    list = [...current.values()].map(({ served }) => served).sort((a, b) => (a.name < b.name ? -1 : 1));
  };

  const retire = ({ served }: Current) => {
    events.retired(served);
    const done = served.batcher.drain().then(() => {
      draining.delete(done);
      events.drained(served);
    });
    draining.add(done);
  };

  const load = async (from: ModelFile): Promise<Served> => {
    const { name, version } = from;
    const bytes = await readFile(from.file);
    const model = readServableModel(bytes, from.file);
    const pictureSize = sizeOf(model.network.inputShape);
    const batcher = await openBatcher({
      ...options,
      pictureSize,
      open: () => options.openWorker(model),
      onBatch: (pictures, milliseconds) => events.batch({ name }, pictures, milliseconds),
      onReplace: (cause) => events.replaced({ name, version }, cause),
    });
    const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
    return { name, version, digest, model, pictureSize, batcher, reliability: reliabilityOf(model) };
  };

  /** Loads the newest version of a name that can be used. */
  const loadNewest = async (name: string, newestFirst: readonly ModelFile[]) => {
    const before = current.get(name);
    for (const from of newestFirst) {
      const isCurrent = from.version === before?.from.version;
      if (isCurrent && from.signature === before.from.signature) return;
      const earlier = rejected.get(from.file);
      const known = earlier?.signature === from.signature ? earlier : undefined;
      if (!known?.lasting) {
        const started = performance.now();
        try {
          const served = await load(from);
          current.set(name, { from, served });
          publish();
          events.loaded(served, performance.now() - started);
          if (before) retire(before);
          return;
        } catch (error) {
          // Other causes, such as permissions or a lack of memory, may pass.
          const lasting = error instanceof SelvedgeError;
          const reason = (error as Error).message;
          rejected.set(from.file, { signature: from.signature, reason, lasting });
          if (reason !== known?.reason) events.rejected(from, reason);
        }
      }
      if (isCurrent) return;
    }
  };

  const refresh = async () => {
    if (closed) return;
    const { files, ignored, unreadable } = await findModels(options.path);
    for (const { path, reason } of ignored) {
      if (!reported.has(path)) events.ignored(path, reason);
      reported.add(path);
    }
    // A volume may be absent for a moment.
    if (files.length === 0 && !isEmpty) events.vanished();
    isEmpty = files.length === 0;
    if (isEmpty) return;
    for (const name of new Set(files.map((file) => file.name))) {
      const newestFirst = files.filter((file) => file.name === name);
      await loadNewest(name, newestFirst);
    }
    for (const [name, gone] of current) {
      if (unreadable.has(name) || files.some((file) => file.name === name)) continue;
      current.delete(name);
      publish();
      retire(gone);
    }
  };

  const get = (name?: string, version?: string): Served => {
    // The only model is known only when all have been loaded.
    if (!hasScanned) throw absent(name, []);
    const served = name === undefined && list.length === 1 ? list[0] : current.get(name ?? '')?.served;
    if (!served) throw absent(name, list);
    if (version === undefined || version === served.version) return served;
    const sentence = `The model ${served.name} is served in version ${served.version}, not ${quoted(version)}.`;
    throw httpError('unknown-version', sentence);
  };

  return {
    all: () => (hasScanned ? list : []),
    get,
    async use(name, version, action) {
      const served = get(name, version);
      const release = served.batcher.hold();
      try {
        return await action(served);
      } finally {
        release();
      }
    },
    refresh() {
      const done = turn.then(refresh).finally(() => {
        hasScanned = true;
      });
      turn = done.catch(() => undefined);
      return done;
    },
    async close() {
      closed = true;
      await turn;
      for (const one of current.values()) retire(one);
      current.clear();
      await Promise.all(draining);
    },
  };
}

/** @throws SelvedgeError 'missing-file' or 'bad-model' unless the path holds a model that can be read. */
export async function requireModels(path: string): Promise<void> {
  const { files } = await findModels(path);
  if (files.length === 0) {
    throw new SelvedgeError(
      'missing-file',
      `There is no model at ${path}; give a .safetensors file, a run's folder, or a folder with NAME/VERSION/model.safetensors in it.`,
    );
  }
  let failure: unknown;
  for (const { file } of files) {
    try {
      readServableModel(await readFile(file), file);
      return;
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

function absent(name: string | undefined, list: readonly Served[]): Error {
  if (list.length === 0)
    return httpError('not-ready', 'No model has answered yet: ask again in a second.', { retryAfterMs: 0 });
  const names = list.map((served) => served.name).join(', ');
  return name === undefined
    ? httpError('model-not-named', `Several models are served, so name one of them with ?model=NAME: ${names}.`)
    : httpError('unknown-model', `No model is called ${quoted(name)}; served are ${names}.`);
}
