import './dieOnJobs.js';
import '/dist/web/threads/worker.js';
