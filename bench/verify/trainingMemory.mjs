import { fileURLToPath } from 'node:url';
import { runProcess } from '../lib/children.mjs';

const most = 600;
const script = fileURLToPath(new URL('../suite/memory.mjs', import.meta.url));
const networks = [
  ['resnet-20', 128],
  ['efficientnet-lite0', 32],
];

export const trainingMemory = {
  promise: `the process grows by the plan's bytes within 15 % until after the second step; resnet-20 trains at batch 128 under ${most} MB`,
  async measure() {
    const answers = [];
    for (const [name, batch] of networks) {
      answers.push((await runProcess([process.execPath, script, name, String(batch)])).answer);
    }
    return {
      figure: answers
        .map(
          ({ name, planMB, growthMB, residentMB }) =>
            `${name}: plan ${planMB}, growth ${growthMB}, resident ${residentMB} MB`,
        )
        .join('; '),
      passes: answers.every(({ ratio }) => Math.abs(ratio - 1) <= 0.15) && answers[0].residentMB < most,
    };
  },
};
