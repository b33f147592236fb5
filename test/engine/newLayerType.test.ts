import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '../cli/selvedge.ts';

/** Every file that must decide about a new type of layer. */
const mustDecide = [
  'src/core/formats/onnx/exportLayers.ts',
  'src/core/graph/layers/index.ts',
  'src/views/layerTypes.ts',
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'selvedge-new-layer-'));
  for (const name of ['src', 'tsconfig.base.json', 'package.json']) {
    await cp(join(root, name), join(folder, name), { recursive: true });
  }
  // The projects as one: a project that depends on one with errors would not be checked.
  const compilerOptions = { composite: false, noEmit: true, types: ['node'], lib: ['ES2023', 'DOM'] };
  const config = { extends: './tsconfig.base.json', compilerOptions, include: ['src'], exclude: ['**/*.test.ts'] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The files in which the type check finds errors. */
async function filesWithErrors(): Promise<string[]> {
  const args = [join(root, 'node_modules/typescript/bin/tsc'), '-p', '.', '--pretty', 'false'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder }).catch(
    (failed: { stdout: string }) => failed,
  );
  return [...new Set([...stdout.matchAll(/^(\S+?)\(\d+,\d+\): error/gm)].map(([, file]) => file!))].sort();
}

test('a new type of layer does not compile until each place that must decide has decided', async () => {
  const spec = join(folder, 'src/core/graph/spec.ts');
  const text = await readFile(spec, 'utf8');
  const made = text.replace(
    'export type LayerSpec =',
    "export interface MadeUpSpec extends LayerCommon {\n  readonly type: 'madeUp';\n}\n\nexport type LayerSpec =\n  | MadeUpSpec",
  );
  expect(made).not.toBe(text);
  await writeFile(spec, made);
  expect(await filesWithErrors()).toEqual(mustDecide);
});
