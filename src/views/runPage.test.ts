import { describe, expect, it } from 'vitest';
import { nestingError } from '../../test/fixtures/nesting.ts';
import { sampleEvaluation, samplePicture, sampleRun, stoppedRun } from '../../test/fixtures/sampleRun.ts';
import { completeConfiguration } from '../core/training/configuration.ts';
import { type RunPageData, runPage } from './runPage.ts';

const hostile = '<script>alert("x")</script>';

function hostileRun(): RunPageData {
  const run = sampleRun();
  const classNames = [hostile, ...run.record.dataset.classNames.slice(1)];
  const evaluation = sampleEvaluation(classNames);
  return {
    ...run,
    record: {
      ...run.record,
      network: { ...run.record.network, name: hostile },
      dataset: { ...run.record.dataset, name: hostile, classNames, files: { [hostile]: hostile } },
      weightsSha256: `"><img src=x onerror=alert(1)>`,
      evaluation,
    },
    layers: run.layers.map((layer) => ({ ...layer, name: hostile })),
    mistakes: evaluation.mistakes.map((mistake) => ({ mistake, image: samplePicture(mistake.index) })),
  };
}

function validatedRun(): RunPageData {
  const run = sampleRun();
  const history = run.record.history.map((epoch) => ({ ...epoch, validationLoss: 0.3, validationAccuracy: 0.89 }));
  const configuration = { ...run.record.configuration, limit: 20_000, validation: 2_000 };
  return { ...run, record: { ...run.record, history, configuration } };
}

function bareRun(): RunPageData {
  return { ...stoppedRun(), steps: [], mistakes: [], layers: [] };
}

const runs = { finished: sampleRun, stopped: stoppedRun, hostile: hostileRun, validated: validatedRun, bare: bareRun };

describe.each(Object.entries(runs))('the page of a %s run', (_, make) => {
  const page = runPage(make()).replace(/;base64,[A-Za-z0-9+/=]+/g, ';base64,');

  it('nests its elements properly', () => {
    expect(nestingError(page)).toBe(null);
  });

  it('shows no undefined, NaN or Infinity, and no object', () => {
    expect(/.{0,40}(?:undefined|NaN|Infinity|\[object).{0,40}/.exec(page)?.[0]).toBe(undefined);
  });

  it('loads nothing from a network and runs no script', () => {
    expect(/https?:|url\(|@import|<script|<[^"<>]*(?:"[^"]*"[^"<>]*)*\son\w+=|srcset=/i.exec(page)?.[0]).toBe(
      undefined,
    );
    for (const [, address] of page.matchAll(/ (?:src|href)="([^"]*)"/g)) expect(address).toMatch(/^(?:data:|#)/);
  });

  it('gives every picture a text and every plot a description', () => {
    for (const [tag] of page.matchAll(/<img [^>]*>/g)) expect(tag).toMatch(/ alt="[^"]+"/);
    for (const [tag] of page.matchAll(/<svg [^>]*>/g)) {
      expect(tag).toMatch(/ aria-label="[^"]+"| aria-hidden="true"|^<svg x=/);
    }
  });

  it('has each id once, and every link in the page leads to one', () => {
    const ids = Array.from(page.matchAll(/ id="([^"]*)"/g), ([, id]) => id!);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, id] of page.matchAll(/ href="#([^"]*)"/g)) expect(ids).toContain(id);
  });
});

describe('runPage', () => {
  it('links to the report of an inspection where there is one', () => {
    expect(runPage({ ...sampleRun(), inspection: 'inspection/index.html' })).toContain(
      '<a href="inspection/index.html">',
    );
    expect(runPage(sampleRun())).not.toContain('Inspection');
  });

  it('opens with the summary', () => {
    const page = runPage(sampleRun());
    expect(page).toContain('87.60\u00a0%</dd><dd class="aside">876 of 1,000 images correct');
    expect(page).toContain('421,642</dd>');
    expect(page).toContain(
      '<code title="SHA-256 1f0c6b3a5d8e9f7012a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f809">1f0c6b3a…',
    );
    expect(page).toContain('Test metrics were computed once, after training; the program selected nothing by them');
  });

  it('says that a stopped run was stopped, and leaves out metrics that it does not have', () => {
    const page = runPage(stoppedRun());
    expect(page).toContain('This run was stopped early</strong>, after 0 of\n5 epochs');
    expect(page).toContain('–</dd><dd class="aside">no epoch was completed');
    expect(runPage(sampleRun())).not.toContain('stopped early');
  });

  it('mentions augmentation only where training had it', () => {
    const run = sampleRun();
    const configuration = completeConfiguration({ flip: 'random' });
    expect(runPage(run)).not.toContain('augmented');
    expect(runPage({ ...run, record: { ...run.record, configuration } })).toContain('dropout on, images augmented');
  });

  it('mentions dropout only where the network has it', () => {
    const run = sampleRun();
    const without = runPage({ ...run, layers: run.layers.filter(({ type }) => type !== 'dropout') });
    expect(runPage(run).match(/dropout o|during training/g)).toHaveLength(3);
    expect(without.match(/dropout o|during training/g)).toBe(null);
  });

  it('writes hostile names as text', () => {
    expect(runPage(hostileRun())).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;');
  });

  it('prints the commands that reproduce the run and use the model', () => {
    expect(words(runPage(sampleRun()))).toContain(
      'selvedge train --network reference --epochs 5 --batch-size 300 --learning-rate 0.001 --seed 0 ',
    );
    expect(words(runPage(validatedRun()))).toContain('--limit 20000 --validation 2000');
    expect(words(runPage(hostileRun()))).toContain('--network network.json');
    const run = sampleRun();
    const configuration = completeConfiguration({
      ...{ optimizer: 'sgd', momentum: 0.9, weightDecay: 0, learningRateMultipliers: { bias: 2 } },
      ...{ schedule: 'step', stepEpochs: 2, labelSmoothing: 0.1 },
    });
    const other = words(runPage({ ...run, record: { ...run.record, configuration } }));
    expect(other).toContain(
      '--seed 0 --optimizer sgd --momentum 0.9 --learning-rate-multipliers bias=2 --schedule step --step-epochs 2 --label-smoothing 0.1 ',
    );
    expect(other).toContain('seed 0, optimizer sgd, momentum 0.9, learningRateMultipliers bias=2, schedule step');
    const spaced = runPage({ ...run, record: { ...run.record, model: "/my runs/it's/model.safetensors" } });
    expect(spaced).toContain('selvedge predict &#39;/my runs/it&#39;\\&#39;&#39;s/model.safetensors&#39; photo.jpg');
  });

  it('is the same every time', () => {
    expect(runPage(sampleRun())).toBe(runPage(sampleRun()));
  });
});

/** The page's text, in one line. */
function words(page: string): string {
  return page.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
}
