import { stat } from 'node:fs/promises';
import { Command } from 'commander';
import { preprocessingFor } from '../../../core/data/preprocessing.ts';
import { requireAddressable } from '../../../core/engine/start.ts';
import { builtinNetworkName } from '../../../core/graph/builtin.ts';
import { buildNetwork, type Network, requireClassifier } from '../../../core/graph/network.ts';
import { sizeOf } from '../../../core/graph/shape.ts';
import { formatSummary, summarise } from '../../../core/graph/summary.ts';
import { classifierPlan } from '../../../core/model/classifier.ts';
import { trainingMicroBatch } from '../../../core/training/batchGroups.ts';
import { trainerPlan } from '../../../core/training/trainer.ts';
import { megabytes } from '../../../views/numbers.ts';
import { loadModel } from '../../models.ts';
import { countOption, networkOption } from '../options.ts';
import type { Streams } from '../progress.ts';

/** `selvedge summary NETWORK`. */
export function summaryCommand({ stdout }: Pick<Streams, 'stdout'> = process): Command {
  return new Command('summary')
    .argument('[network]', "a built-in network, a JSON file, a run's folder or a .safetensors file", 'reference')
    .option('--batch-size <n>', 'the batch size for the memory to train', countOption, 300)
    .option('--json', 'print one JSON object instead of a table')
    .addHelpText(
      'after',
      `
Examples:
  selvedge summary
  selvedge summary mine.json --batch-size 128
  selvedge summary runs/first --json`,
    )
    .action(async (asked: string, { batchSize, json }: { batchSize: number; json?: true }) => {
      const network = await networkOf(asked);
      requireClassifier(network, sizeOf(network.outputShape));
      const preprocessing = preprocessingFor(network.inputShape);
      const plans = {
        train: trainerPlan(network, preprocessing, batchSize),
        classify: classifierPlan(network, preprocessing),
      };
      for (const plan of Object.values(plans)) requireAddressable(plan);
      const memory = { batchSize, train: plans.train.bytes, classify: plans.classify.bytes };
      if (json) {
        const layers = summarise(network);
        const parameters = network.parameterCount;
        const multiplyAdds = layers.reduce((sum, layer) => sum + layer.multiplyAdds, 0);
        stdout.write(`${JSON.stringify({ layers, parameters, multiplyAdds, memory })}\n`);
        return;
      }
      const atOnce = trainingMicroBatch(network, batchSize);
      stdout.write(
        `${formatSummary(network)}\n\n` +
          `memory to train at batch size ${batchSize}: ${megabytes(memory.train)}` +
          `${batchSize > atOnce ? ` (${atOnce} images run at once; larger batches take no more)` : ''}\n` +
          `memory to classify: ${megabytes(memory.classify)}\n`,
      );
    });
}

async function networkOf(asked: string): Promise<Network> {
  const isModel = asked.endsWith('.safetensors') || (await stat(asked).catch(() => undefined))?.isDirectory();
  if (isModel && builtinNetworkName(asked) === undefined) return (await loadModel(asked)).network;
  return buildNetwork((await networkOption(asked)).spec);
}
