// npm run verify: the acceptance checks at full size, each by its own command.
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { colours } from '../catalogue/colours.mjs';
import { servingChecks } from '../serve/checks.mjs';
import { attribution } from './attribution.mjs';
import { backbone } from './backbone.mjs';
import { catalogueSpeed } from './catalogueSpeed.mjs';
import { conversion } from './conversion.mjs';
import { epochOneCore } from './epochOneCore.mjs';
import { freshClone } from './freshClone.mjs';
import { kills } from './kills.mjs';
import { labelErrors } from './labelErrors.mjs';
import { nearDuplicates } from './nearDuplicates.mjs';
import { nShot } from './nShot.mjs';
import { onnx } from './onnx.mjs';
import { photoReport } from './photoReport.mjs';
import { photos } from './photos.mjs';
import { recipe } from './recipe.mjs';
import { report } from './report.mjs';
import { retrieval } from './retrieval.mjs';
import { roundTrip } from './roundTrip.mjs';
import { seeds } from './seeds.mjs';
import { sweepKills } from './sweepKills.mjs';
import { sweepWorkers } from './sweepWorkers.mjs';
import { catalogueFaults, dropout, golden, gradients, graphs, layerTypes, oldFiles, operations } from './testFiles.mjs';
import { trainingMemory } from './trainingMemory.mjs';
import { trust } from './trust.mjs';
import { winogradError } from './winogradError.mjs';

/**
 * An acceptance check: what is promised, and how it is measured.
 *
 * `measure` returns the `figure` in words, whether it `passes`, lines of `details`, and what of the promise was `unmeasured`:
 * then a pass is printed as PART. With `quick` it takes minutes less and proves only that the measurement runs.
 */
const checks = {
  golden,
  gradients,
  operations,
  graphs,
  layerTypes,
  oldFiles,
  dropout,
  conversion,
  attribution,
  labelErrors,
  nearDuplicates,
  colours,
  onnx,
  backbone,
  nShot,
  photos,
  photoReport,
  report,
  epochOneCore,
  seeds,
  retrieval,
  catalogueSpeed,
  kills,
  sweepKills,
  sweepWorkers,
  catalogueFaults,
  roundTrip,
  freshClone,
  trust,
  recipe,
  trainingMemory,
  winogradError,
  ...servingChecks,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { list: { type: 'boolean' }, quick: { type: 'boolean', default: false }, model: { type: 'string' } },
});
const unknown = positionals.filter((name) => !Object.hasOwn(checks, name));
if (values.list || unknown.length > 0) {
  if (unknown.length > 0) console.error(`There is no check called ${unknown.join(', ')}; the checks are:`);
  for (const [name, { promise }] of Object.entries(checks)) console.log(`${name.padEnd(16)}${promise}`);
  process.exit(unknown.length > 0 ? 1 : 0);
}

console.log(
  `${cpus().length} × ${cpus()[0]?.model.trim()}, Node.js ${process.versions.node}, load ${loadavg()[0].toFixed(2)}`,
);
let failed = 0;
for (const name of positionals.length > 0 ? positionals : Object.keys(checks)) {
  const { promise, measure } = checks[name];
  console.log(`\n${name}: ${promise}`);
  const {
    figure,
    passes,
    details = [],
    unmeasured,
  } = await measure(values).catch((error) => ({
    figure: `could not be measured: ${error.message}`,
    passes: false,
  }));
  for (const line of details) console.log(`  ${line}`);
  const verdict = passes ? (unmeasured || values.quick ? 'PART' : 'PASS') : 'FAIL';
  const limits = [
    ...(unmeasured ? [`not measured: ${unmeasured}`] : []),
    ...(values.quick ? ['reduced: no proof'] : []),
  ];
  console.log(`  ${verdict}  ${figure}${limits.map((limit) => `  (${limit})`).join('')}`);
  if (!passes) failed++;
}
process.exitCode = failed > 0 ? 1 : 0;
