-- Trials of sweeps that workers run, on any number of machines.
CREATE TABLE trials (
  sweep uuid NOT NULL,
  trial integer NOT NULL,
  -- Another one for another task: a job that was made for an earlier task changes nothing.
  generation uuid NOT NULL,
  -- Not jsonb, which would change the order of keys: networks are compared as text.
  task json NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'ended')),
  -- False when the sweep was stopped: its workers pause the trial.
  wanted boolean NOT NULL DEFAULT true,
  -- The job that may write, where there should ever be two.
  job uuid,
  worker text NOT NULL DEFAULT '',
  -- How often it was taken since its last checkpoint.
  takes integer NOT NULL DEFAULT 0,
  epochs double precision NOT NULL DEFAULT 0,
  curve json NOT NULL DEFAULT '[]',
  warnings json NOT NULL DEFAULT '[]',
  -- Workers that cannot run it, and why: [{ worker, reason }]
  refusals jsonb NOT NULL DEFAULT '[]',
  outcome json,
  changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (sweep, trial)
);

-- The files of a trial's folder, checkpoint included, until its sweep has them.
CREATE TABLE trial_files (
  sweep uuid NOT NULL,
  trial integer NOT NULL,
  name text NOT NULL,
  bytes bytea NOT NULL,
  PRIMARY KEY (sweep, trial, name),
  FOREIGN KEY (sweep, trial) REFERENCES trials ON DELETE CASCADE
);
ALTER TABLE trial_files ALTER COLUMN bytes SET STORAGE EXTERNAL;
