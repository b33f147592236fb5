import { expect, it } from 'vitest';
import { workerEngine } from '../../../test/engine/engines.ts';
import { picturesFor, specs, targetOf } from '../../../test/fixtures/inspection/targets.ts';
import { inspectOnThreads } from './inspectOnThreads.ts';

const set = picturesFor(specs.strided, 12);
const classNames = ['hat', 'scarf', 'glove', 'sock'];
const data = { name: 'Drawn', classNames, train: set, test: set };

it('rejects with the cause where a thread fails, and ends the others', async () => {
  const target = targetOf(specs.strided, workerEngine, 2);
  // Too long for the network: only the threads ever look at the control.
  const untrained = new Float32Array(target.untrained.length + 1);
  const failed = inspectOnThreads({
    ...{ target: { ...target, untrained }, classNames, data },
    ...{ pictures: null, seed: 0, quick: true },
  });
  await expect(failed).rejects.toMatchObject({
    code: 'worker-failed',
    message: expect.stringMatching(/^A thread that inspects the network failed \(.*offset.*\)\.$/),
    cause: expect.any(Error),
  });
});
