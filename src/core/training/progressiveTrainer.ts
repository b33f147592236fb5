import { requireAddressable } from '../engine/start.ts';
import { formatShape, type Shape } from '../graph/shape.ts';
import { createTrainer, type Trainer, type TrainerOptions, trainerPlan } from './trainer.ts';

/**
 * A trainer whose images have another shape from epoch to epoch. When the shape changes, the programs for it replace those before: the
 * memory of one shape is freed, and parameters and optimizer's state pass over with all their bits, as through a checkpoint.
 * @param shapeIn the shape [H, W, C] of training images in an epoch, at most the network's input shape
 * @throws SelvedgeError as `createTrainer` does, also where a later shape would need too much memory
 */
export async function createProgressiveTrainer(
  options: TrainerOptions,
  shapeIn: (epoch: number) => Shape,
): Promise<Trainer> {
  const { network, preprocessing, batchSize } = options;
  let shape = shapeIn(1);
  // The full size needs most memory, and comes last.
  if (!isSame(shape, network.inputShape)) requireAddressable(trainerPlan(network, preprocessing, batchSize, options));
  let trainer = await createTrainer({ ...options, imageShape: shape });
  const changeTo = async (next: Shape) => {
    const [parameters, state] = [trainer.parameters(), trainer.optimizerState()];
    await trainer.close();
    trainer = await createTrainer({ ...options, imageShape: next });
    await trainer.setParameters(parameters);
    trainer.setOptimizerState(state);
    shape = next;
  };
  return {
    threads: trainer.threads,
    parameters: () => trainer.parameters(),
    modelParameters: () => trainer.modelParameters(),
    setParameters: (values) => trainer.setParameters(values),
    optimizerState: () => trainer.optimizerState(),
    setOptimizerState: (state) => trainer.setOptimizerState(state),
    async train(step) {
      const next = shapeIn(step.epoch ?? 1);
      if (!isSame(next, shape)) await changeTo(next);
      return trainer.train(step);
    },
    score: (set, samples) => trainer.score(set, samples),
    close: () => trainer.close(),
  };
}

function isSame(a: Shape, b: Shape): boolean {
  return formatShape(a) === formatShape(b);
}
