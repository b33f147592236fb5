import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SelvedgeError } from '../core/errors.ts';
import { readModel, readServableModel, writeModel } from '../core/formats/modelFile.ts';
import type { Model, ServableModel } from '../core/model/model.ts';
import { writeFileWhole } from './runs/writeWhole.ts';

/** What a run's folder calls its model. */
export const modelFileName = 'model.safetensors';

/** A model's file and its folder, for the path of either. */
export async function placeOfModel(path: string): Promise<{ readonly folder: string; readonly file: string }> {
  const entry = await stat(path).catch(() => undefined);
  return entry?.isDirectory()
    ? { folder: path, file: join(path, modelFileName) }
    : { folder: dirname(path), file: path };
}

/**
 * Reads a single model: a `.safetensors` file, or a run's folder.
 * @throws SelvedgeError 'missing-file' or 'bad-model', also where it is an ensemble
 */
export async function loadModel(path: string): Promise<Model> {
  return readModel(...(await modelBytes(path)));
}

/**
 * Reads a model or an ensemble: a `.safetensors` file, or a folder with one.
 * @throws SelvedgeError 'missing-file' or 'bad-model'
 */
export async function loadServableModel(path: string): Promise<ServableModel> {
  return readServableModel(...(await modelBytes(path)));
}

async function modelBytes(path: string): Promise<[bytes: Uint8Array, file: string]> {
  const { file } = await placeOfModel(path);
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new SelvedgeError(
      'missing-file',
      `There is no model at ${file}; give the path of a run's folder or of its ${modelFileName}.`,
      { cause },
    );
  });
  return [bytes, file];
}

/** Writes a model whole or not at all. */
export async function saveModel(model: ServableModel, file: string): Promise<void> {
  await writeFileWhole(file, writeModel(model));
}
