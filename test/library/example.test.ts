import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { photos, root, start, subset, temporaryFolder } from '../cli/selvedge.ts';

/** The first block of TypeScript under README.md's first heading with the word "library". */
function example(): string {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const section = /^#+ .*\blibrary\b.*$/im.exec(readme);
  const block = section && /^```ts\n(.*?)^```$/ms.exec(readme.slice(section.index));
  if (!block) throw new Error('README.md has no block of ts under a heading with the word library');
  return block[1]!;
}

/** Runs as it stands, in a folder with the committed subset as `data` and a photo as `photo.jpg`. */
it("the README's ten lines type-check, run, and say what they find", { timeout: 120_000 }, async () => {
  const code = example();
  expect(code.trimEnd().split('\n').length).toBeLessThanOrEqual(12);
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/selvedge'), 'dir');
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  writeFileSync(join(folder, 'example.ts'), code);
  copyFileSync(join(photos, '01-tshirt-shop.jpg'), join(folder, 'photo.jpg'));
  symlinkSync(subset, join(folder, 'data'), 'dir');

  const compilerOptions = {
    ...{ strict: true, target: 'es2022', module: 'nodenext', outDir: 'out', rootDir: '.' },
    ...{ types: ['node'], typeRoots: [join(root, 'node_modules/@types')] },
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['example.ts'] }));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const compiled = await start(process.execPath, [compiler, '-p', folder]).ended;
  expect(compiled.stdout).toBe('');

  const { status, stdout, stderr } = await start(process.execPath, [join(folder, 'out/example.js')], {
    cwd: folder,
  }).ended;
  expect(status, stderr).toBe(0);
  // The step and the loss of each step, the accuracy, the classes of the photo.
  const [first, ...rest] = stdout.split('\n');
  expect(first).toMatch(/^1 \d\.\d+$/);
  expect(rest.filter((text) => /^0\.\d+$/.test(text))).toHaveLength(1);
  const probabilities = [...stdout.matchAll(/probability: ([\d.e-]+)/g)].map(([, text]) => Number(text));
  expect(probabilities).toHaveLength(3);
  expect(probabilities).toEqual(probabilities.toSorted((a, b) => b - a));
  if (code.includes('model.safetensors')) expect(existsSync(join(folder, 'model.safetensors'))).toBe(true);
});
