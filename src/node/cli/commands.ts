import type { Command } from 'commander';

interface CommandEntry {
  /** As Commander would write it; a test compares. */
  readonly usage: string;
  readonly description: string;
  load(): Promise<Command>;
}

/** By name, in the order of the help. Only the requested one is loaded: to load all takes longer than most of them run. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  train: {
    usage: '[options]',
    description: 'train a classifier, evaluate it on the test set, and write a run folder',
    load: async () => (await import('./commands/train.ts')).trainCommand(),
  },
  sweep: {
    usage: '[options] [file]',
    description: 'search a space of settings and networks for the best ones, by trials compared on validation images',
    load: async () => (await import('./commands/sweep/sweep.ts')).sweepCommand(),
  },
  evaluate: {
    usage: '[options] <model>',
    description: 'evaluate a model on the test set: scores per class, confusion matrix, most confident mistakes',
    load: async () => (await import('./commands/evaluate.ts')).evaluateCommand(),
  },
  'label-errors': {
    usage: '[options]',
    description: 'list training images whose labels are probably wrong, by models that were not trained on them',
    load: async () => (await import('./commands/labelErrors.ts')).labelErrorsCommand(),
  },
  compare: {
    usage: '[options] <runs...>',
    description: 'compare runs: means over seeds, differences with tests, speed, size, calibration',
    load: async () => (await import('./commands/compare.ts')).compareCommand(),
  },
  ensemble: {
    usage: '[options] <models...>',
    description: 'make one model of several, whose probabilities it averages',
    load: async () => (await import('./commands/ensemble.ts')).ensembleCommand(),
  },
  predict: {
    usage: '[options] <model> <images...>',
    description: 'classify pictures: PNG, JPEG or WebP; 28×28 grey ones are used unchanged, photos are converted first',
    load: async () => (await import('./commands/predict.ts')).predictCommand(),
  },
  inspect: {
    usage: '[options] [model]',
    description: 'report on a model: feature maps, metrics of its layers, and attribution maps of its predictions',
    load: async () => (await import('./commands/inspect.ts')).inspectCommand(),
  },
  reproduce: {
    usage: '[options] <run>',
    description: 'train a run again from its run.json, and check that the weights have the same bits',
    load: async () => (await import('./commands/reproduce.ts')).reproduceCommand(),
  },
  export: {
    usage: '[options] <model>',
    description: 'write a model for other programs: an ONNX file, or a folder for the Hugging Face Hub',
    load: async () => (await import('./commands/export.ts')).exportCommand(),
  },
  import: {
    usage: '[options] <file>',
    description: 'turn an ONNX file of PyTorch, Keras or this program into a model',
    load: async () => (await import('./commands/import.ts')).importCommand(),
  },
  serve: {
    usage: '[options] <model>',
    description: 'serve one model over HTTP, or a folder of NAME/VERSION/model.safetensors that may change meanwhile',
    load: async () => (await import('./commands/serve.ts')).serveCommand(),
  },
  catalogue: {
    usage: '[options] [command]',
    description: "tag a shop's products, find similar items and duplicates",
    load: async () => (await import('./commands/catalogue/catalogue.ts')).catalogueCommand(),
  },
  worker: {
    usage: '[options]',
    description: 'work on the jobs of a PostgreSQL server: products of its catalogue, trials of sweeps',
    load: async () => (await import('./commands/worker.ts')).workerCommand(),
  },
  keys: {
    usage: '[options] [command]',
    description: 'create and remove the API keys that selvedge serve requires',
    load: async () => (await import('./commands/keys.ts')).keysCommand(),
  },
  summary: {
    usage: '[options] [network]',
    description:
      'print the layers of a network, their shapes, parameters and multiply-adds, and the memory that it needs',
    load: async () => (await import('./commands/summary.ts')).summaryCommand(),
  },
  data: {
    usage: '[options] [command]',
    description: 'find, download, verify and describe Fashion-MNIST, and describe pictures of your own',
    load: async () => (await import('./commands/data.ts')).dataCommand(),
  },
};
