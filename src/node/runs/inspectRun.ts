import { readdir, readFile, unlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { littleEndianBytes, sha256 } from '../../core/bytes.ts';
import type { Dataset } from '../../core/data/images.ts';
import { imageAt, type PixelImage } from '../../core/data/images.ts';
import { SelvedgeError } from '../../core/errors.ts';
import { initialParameters, whiteningOf } from '../../core/graph/initialise.ts';
import { layersFor } from '../../core/inspection/layerChoice.ts';
import type { InspectionRecord, JointClaim } from '../../core/inspection/record.ts';
import type { OnProgress } from '../../core/inspection/target.ts';
import type { Model } from '../../core/model/model.ts';
import { inspectionPage } from '../../views/inspection/inspectionPage.ts';
import { nodeEngine } from '../engine.ts';
import { version } from '../version.ts';
import { inspectOnThreads } from '../workers/inspectOnThreads.ts';
import { type ImageChoice, loadPictures } from './inspectedPictures.ts';
import { inspectionPictures } from './inspectionPictures.ts';
import { writeTogether } from './writeTogether.ts';
import { makeFolder, writeFileWhole } from './writeWhole.ts';

const pageName = 'index.html';
const recordName = 'inspection.json';
const pictureFolder = 'pictures';

export interface InspectRunOptions {
  readonly model: Model;
  /** The model's file, as the report names it. */
  readonly file: string;
  /** Seed of the model's initial weights, which are the control. Null if it is not known. */
  readonly initialSeed: number | null;
  /** Fits the model; null where none is available, for the reason in `why`. */
  readonly data: Dataset | null;
  readonly why?: string;
  /** Default: examples of the test set. */
  readonly images?: readonly ImageChoice[];
  /** The report's folder; created if it does not exist. */
  readonly folder: string;
  /** The layers to look at; default: see `defaultLayers`. */
  readonly layers?: readonly string[] | 'all' | undefined;
  readonly quick?: boolean;
  readonly threads: number;
  readonly onProgress?: OnProgress;
}

export interface InspectRun {
  readonly record: InspectionRecord;
  /** Absolute paths. */
  readonly files: { readonly page: string; readonly json: string; readonly pictures: string };
  /** Adds the verdicts of several models to the page and to the JSON. */
  readonly addClaims: (joint: readonly JointClaim[]) => Promise<void>;
}

/** The share of the time that the measurements take; the rest is drawing and writing. */
const measuring = 0.93;

/**
 * Inspects a model and writes the report's folder, whole or not at all: `index.html`, `inspection.json` and `pictures`.
 * @throws SelvedgeError as `inspect` and `loadPictures` do; 'missing-file' where there is neither a test set nor a picture; 'cannot-write'
 */
export async function inspectRun(options: InspectRunOptions): Promise<InspectRun> {
  const { model, file, data, threads, quick = false, onProgress = () => {} } = options;
  const { network, parameters, preprocessing, classNames } = model;
  const folder = resolve(options.folder);
  const why = options.why ?? 'There is no data set.';
  if (data === null && !options.images) {
    throw new SelvedgeError(
      'missing-file',
      `No test set is available to choose images from: ${why.replace(/\.$/, '')}; name image files with --images.`,
    );
  }
  const chosen = options.images ? await loadPictures(options.images, preprocessing, data, why) : null;
  const layers = layersFor(network, options.layers);
  // A folder that cannot be created must be reported before the work, not after it.
  await makeFolder(folder);
  await refuseOtherPage(folder);
  const control = { seed: options.initialSeed ?? 0, own: options.initialSeed !== null };
  const engine = await nodeEngine();
  const untrained = initialParameters(network, control.seed, whiteningOf(parameters));
  const target = { network, parameters, untrained, preprocessing, engine, threads, layers };
  const { measured, activations, pictures, filters } = await inspectOnThreads({
    target,
    classNames,
    data,
    why,
    pictures: chosen,
    seed: 0,
    quick,
    onProgress: (share, doing) => onProgress(share * measuring, doing),
  });
  const { record, json } = asWritten({
    format: 'selvedge-inspection',
    version: 1,
    model: {
      file: resolve(file),
      weightsSha256: await sha256(littleEndianBytes(parameters)),
      spec: network.spec,
      classNames,
    },
    engine: { selvedge: version, wasmSha256: engine.wasmSha256 },
    control,
    ...measured,
    ...(options.layers === 'all' && { everyLayer: true as const }),
  });
  onProgress(measuring, 'drawing');
  const test = data?.test;
  const shown = new Set(record.maps.flatMap(({ top }) => top.map(({ index }) => index)));
  const shownPictures = new Map<number, PixelImage>();
  if (test) for (const index of shown) shownPictures.set(index, await imageAt(test, index));
  const testPictures = (index: number) => shownPictures.get(index);
  const pageData = { record, activations, pictures, testPictures, filters };
  const page = inspectionPage(pageData);
  const drawn = Object.entries(inspectionPictures(pageData));
  onProgress((1 + measuring) / 2, 'writing');
  const stale = await earlierPictures(folder);
  await writeTogether(folder, {
    ...Object.fromEntries(drawn.map(([name, png]) => [`${pictureFolder}/${name}`, png])),
    [recordName]: json,
    [pageName]: page,
  });
  const current = new Set(drawn.map(([name]) => name));
  for (const name of stale.filter((one) => !current.has(one))) await unlink(join(folder, pictureFolder, name));
  const files = { page: join(folder, pageName), json: join(folder, recordName), pictures: join(folder, pictureFolder) };
  const addClaims = async (joint: readonly JointClaim[]) => {
    const withJoint = asWritten({ ...record, joint });
    await writeFileWhole(files.json, withJoint.json);
    await writeFileWhole(files.page, inspectionPage({ ...pageData, record: withJoint.record }));
  };
  return { record, files, addClaims };
}

const seedSchema = z.object({ configuration: z.object({ seed: z.int().min(0) }) });

/** The seed of the initial weights of the run in a folder; null where there is no record of it. */
export async function initialSeedOf(folder: string): Promise<number | null> {
  const text = await readFile(join(folder, 'run.json'), 'utf8').catch(() => 'null');
  try {
    return seedSchema.parse(JSON.parse(text)).configuration.seed;
  } catch {
    return null;
  }
}

/** A page that is not a report's, such as a run's, must not be overwritten. */
async function refuseOtherPage(folder: string): Promise<void> {
  const names = await readdir(folder);
  if (!names.includes(pageName) || (await isReport(folder))) return;
  throw new SelvedgeError(
    'cannot-write',
    `${folder} contains an ${pageName} that is not an inspection's; choose another folder with --out.`,
  );
}

async function isReport(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, recordName), 'utf8').catch(() => '');
  return text.startsWith('{"format":"selvedge-inspection"');
}

/** Pictures of an earlier report in this folder, which the new one may not replace by name. */
async function earlierPictures(folder: string): Promise<string[]> {
  if (!(await isReport(folder))) return [];
  const names = await readdir(join(folder, pictureFolder)).catch(() => []);
  return names.filter((name) => /^(test|file|filters)-[\w.-]+\.png$/.test(name));
}

/** The record as its JSON has it, so that every number of the page is one of the file. */
function asWritten(record: InspectionRecord): { readonly record: InspectionRecord; readonly json: string } {
  const json = JSON.stringify(record, rounded);
  return { record: JSON.parse(json), json: `${json}\n` };
}

/** Six significant digits, which is float32's precision. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
}
