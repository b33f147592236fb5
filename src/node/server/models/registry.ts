import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { SelvedgeError } from '../../../core/errors.ts';
import { readModel } from '../../../core/formats/modelFile.ts';
import { sizeOf } from '../../../core/graph/shape.ts';
import type { Model } from '../../../core/model/model.ts';
import { type Lane, type LaneOptions, type LaneWorker, openLane } from '../scheduling/dynamicBatcher.ts';
import { findModels, type ModelFile } from './modelFiles.ts';
import { quoted } from '../protocols/parameters.ts';
import { refuse } from '../errors.ts';
import { type Trust, trustOf } from './reliability.ts';

/** A model version that answers. */
export interface Served {
  readonly name: string;
  readonly version: string;
  /** The first 12 hexadecimal digits of the file's SHA-256. */
  readonly digest: string;
  readonly model: Model;
  readonly pictureSize: number;
  readonly lane: Lane;
  readonly trust: Trust;
}

/** What happens to models, for logs and metrics. */
export interface RegistryEvents {
  loaded(served: Served, milliseconds: number): void;
  /** A file cannot be used; what was served before stays. */
  refused(file: ModelFile, reason: string): void;
  /** A file or folder is no model's. */
  passedOver(path: string, reason: string): void;
  /** Nothing is found any more; what was served stays. */
  vanished(): void;
  /** A version takes no more requests. */
  retired(served: Served): void;
  /** It has answered those that it took, and is gone. */
  drained(served: Served): void;
  batch(served: Pick<Served, 'name'>, pictures: number, milliseconds: number): void;
  replaced(served: Pick<Served, 'name' | 'version'>, cause: unknown): void;
}

export interface RegistryOptions extends Pick<LaneOptions, 'workers' | 'maxBatch' | 'maxDelayMs' | 'queue'> {
  /** A model's file, a run's folder, or a folder of models. */
  readonly path: string;
  openWorker(model: Model): Promise<LaneWorker>;
  readonly events: RegistryEvents;
}

/** The models at a path, each at its newest usable version. */
export interface Registry {
  /** None before all have been looked at once. */
  all(): readonly Served[];
  /**
   * The model of a name, or the only one.
   * @throws Refusal 'unknown-model', 'model-not-named', 'unknown-version' or 'not-ready'
   */
  get(name?: string, version?: string): Served;
  /** Calls with the same; it stays until the action is done, whatever is swapped in the meantime. */
  use<T>(name: string | undefined, version: string | undefined, action: (served: Served) => Promise<T>): Promise<T>;
  /** Looks at the path again: loads what is new, swaps, retires. Calls run one after the other; after the first, models answer. */
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
  /** By file: its signature, why, and whether the file itself is at fault. */
  const refused = new Map<string, { readonly signature: string; readonly reason: string; readonly lasting: boolean }>();
  const draining = new Set<Promise<void>>();
  let list: readonly Served[] = [];
  let turn: Promise<void> = Promise.resolve();
  const told = new Set<string>();
  let isEmpty = false;
  let hasLooked = false;
  let closed = false;

  const publish = () => {
    list = [...current.values()].map(({ served }) => served).sort((a, b) => (a.name < b.name ? -1 : 1));
  };

  const retire = ({ served }: Current) => {
    events.retired(served);
    const done = served.lane.drain().then(() => {
      draining.delete(done);
      events.drained(served);
    });
    draining.add(done);
  };

  const load = async (from: ModelFile): Promise<Served> => {
    const { name, version } = from;
    const bytes = await readFile(from.file);
    const model = readModel(bytes, from.file);
    const pictureSize = sizeOf(model.network.inputShape);
    const lane = await openLane({
      ...options,
      pictureSize,
      open: () => options.openWorker(model),
      onBatch: (pictures, milliseconds) => events.batch({ name }, pictures, milliseconds),
      onReplace: (cause) => events.replaced({ name, version }, cause),
    });
    const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
    return { name, version, digest, model, pictureSize, lane, trust: trustOf(model) };
  };

  /** Brings one name to its newest version that can be used. */
  const bring = async (name: string, newestFirst: readonly ModelFile[]) => {
    const before = current.get(name);
    for (const from of newestFirst) {
      const isCurrent = from.version === before?.from.version;
      if (isCurrent && from.signature === before.from.signature) return;
      const earlier = refused.get(from.file);
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
          // What a file is not to blame for, such as its permissions or a lack of memory, may pass.
          const lasting = error instanceof SelvedgeError;
          const reason = (error as Error).message;
          refused.set(from.file, { signature: from.signature, reason, lasting });
          if (reason !== known?.reason) events.refused(from, reason);
        }
      }
      if (isCurrent) return;
    }
  };

  const refresh = async () => {
    if (closed) return;
    const { files, passedOver, unreadable } = await findModels(options.path);
    for (const { path, reason } of passedOver) {
      if (!told.has(path)) events.passedOver(path, reason);
      told.add(path);
    }
    // A volume that is away for a moment is no reason to stop answering.
    if (files.length === 0 && !isEmpty) events.vanished();
    isEmpty = files.length === 0;
    if (isEmpty) return;
    for (const name of new Set(files.map((file) => file.name))) {
      await bring(
        name,
        files.filter((file) => file.name === name),
      );
    }
    for (const [name, gone] of current) {
      if (unreadable.has(name) || files.some((file) => file.name === name)) continue;
      current.delete(name);
      publish();
      retire(gone);
    }
  };

  const get = (name?: string, version?: string): Served => {
    // Which one is meant can only be told when all are there.
    if (!hasLooked) throw absent(name, []);
    const served = name === undefined && list.length === 1 ? list[0] : current.get(name ?? '')?.served;
    if (!served) throw absent(name, list);
    if (version === undefined || version === served.version) return served;
    throw refuse(
      'unknown-version',
      `The model ${served.name} is served in version ${served.version}, not ${quoted(version)}.`,
    );
  };

  return {
    all: () => (hasLooked ? list : []),
    get,
    async use(name, version, action) {
      const served = get(name, version);
      const release = served.lane.hold();
      try {
        return await action(served);
      } finally {
        release();
      }
    },
    refresh() {
      const done = turn.then(refresh).finally(() => {
        hasLooked = true;
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
      readModel(await readFile(file), file);
      return;
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

function absent(name: string | undefined, list: readonly Served[]): Error {
  if (list.length === 0)
    return refuse('not-ready', 'No model has answered yet: ask again in a second.', { retryAfter: 1 });
  const names = list.map((served) => served.name).join(', ');
  return name === undefined
    ? refuse('model-not-named', `Several models are served, so name one of them with ?model=NAME: ${names}.`)
    : refuse('unknown-model', `No model is called ${quoted(name)}; served are ${names}.`);
}
