// Writes src/core/engine/generatedKernels.ts, the kernels' signatures as TypeScript types, from the kernels' sources.
// With --check it only compares, and fails where the file is stale.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { NodeKind, newOptions, newProgram, parse } from 'assemblyscript';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = `${root}src/core/engine/generatedKernels.ts`;
const types = { usize: 'Pointer', i32: 'Count', u32: 'Count', f32: 'Float', bool: 'boolean' };
/** What every kernel takes last: images in this micro-batch, first and last unit of work. */
const shared = ['count', 'first', 'last'];
/** Exports that no plan calls: one sets a thread up, the other is for benchmarks. */
const notCalled = ['setScratch', 'multiplyWinograd'];

function signatures() {
  const program = newProgram(newOptions());
  const files = readdirSync(`${root}kernels`, { recursive: true }).filter((file) => file.endsWith('.ts'));
  for (const file of files) parse(program, readFileSync(`${root}kernels/${file}`, 'utf8'), `kernels/${file}`, true);
  const own = program.sources.filter(({ normalizedPath }) => normalizedPath.startsWith('kernels/'));
  const statements = own.flatMap((source) => source.statements.map((statement) => ({ source, statement })));
  const functions = new Map(
    statements
      .filter(({ statement }) => statement.kind === NodeKind.FunctionDeclaration)
      .map(({ statement }) => [statement.name.text, statement.signature.parameters]),
  );
  const exported = statements
    .filter(
      ({ source, statement }) => source.normalizedPath === 'kernels/index.ts' && statement.kind === NodeKind.Export,
    )
    .flatMap(({ statement }) => statement.members.map(({ exportedName }) => exportedName.text))
    .filter((name) => !notCalled.includes(name));
  return exported.sort().map((kernel) => {
    const parameters = functions.get(kernel).map(({ name, type }) => [name.text, type.name.identifier.text]);
    const last = parameters.splice(-shared.length).map(([name]) => name);
    if (last.join() !== shared.join()) throw new Error(`${kernel} does not end with ${shared.join(', ')}.`);
    const unknown = parameters.find(([, type]) => !types[type]);
    if (unknown) throw new Error(`${kernel}: ${unknown.join(' is of type ')}, which has no TypeScript type here.`);
    return { kernel, parameters: parameters.map(([name, type]) => [name, types[type]]) };
  });
}

function generated() {
  const all = signatures();
  const interfaces = all.map(
    ({ kernel, parameters }) =>
      `  readonly ${kernel}: {\n${parameters.map(([name, type]) => `    readonly ${name}: ${type};\n`).join('')}  };\n`,
  );
  const orders = all.map(
    ({ kernel, parameters }) => `  ${kernel}: [\n${parameters.map(([name]) => `    '${name}',\n`).join('')}  ],\n`,
  );
  return `// Generated from kernels/ by scripts/kernelSignatures.mjs; do not edit.
// biome-ignore-all format: one argument a line, however short
import type { Count, Float, Pointer } from './buffers.ts';

/** The arguments of every kernel, by name; those that say which units to do are added when it runs. */
export interface KernelArguments {
${interfaces.join('')}}

/** The order in which each kernel takes its arguments. */
export const kernelParameters: { readonly [K in keyof KernelArguments]: readonly (keyof KernelArguments[K])[] } = {
${orders.join('')}};
`;
}

const text = generated();
if (!process.argv.includes('--check')) writeFileSync(target, text);
else if (readFileSync(target, 'utf8') !== text) {
  console.error('src/core/engine/generatedKernels.ts is stale; run: npm run signatures');
  process.exitCode = 1;
}
