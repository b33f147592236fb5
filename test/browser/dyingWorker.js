import './dieOnJobs.js';
import '/dist/web/workers/worker.js';
