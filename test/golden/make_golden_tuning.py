#!/usr/bin/env python3
"""Writes tuning.json, what Optuna computes for made-up trials, and optuna-journal.json, what it reads from our journal.

    pip install optuna==5.0.0
    python3 test/golden/make_golden_tuning.py [--out test/golden/fixtures]

tuning.json has two lists. "importance": parameters, trials and the normalised importances by PedAnovaImportanceEvaluator with its
defaults. "densities": parameters, observations, and the logarithm of the density of points by the TPESampler's Parzen estimator
with its defaults. Parameters are in this project's words; values of categories are their names.

optuna-journal.json has the trials, the best value and the directions that JournalStorage reads from optuna-journal.log beside it, which
`optunaJournal.test.ts` compares with what this project writes. Where that changes: write the file anew, run this script, and start
`optuna-dashboard` on it once.
"""

import argparse
import json
import math
import os
import random

import numpy as np
import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.samplers._tpe.parzen_estimator import _ParzenEstimator, _ParzenEstimatorParameters
from optuna.samplers._tpe.sampler import default_weights

optuna.logging.set_verbosity(optuna.logging.ERROR)

# By default NumPy's order of equal values depends on the processor, and with it the width of their kernels.
plain_argsort = np.argsort
np.argsort = lambda values, **options: plain_argsort(values, **{**options, "kind": "stable"})

PARAMETERS = [
    {"name": "rate", "kind": "number", "low": 1e-4, "high": 1e-1, "log": True, "step": None},
    {"name": "decay", "kind": "number", "low": 0, "high": 0.5, "log": False, "step": None},
    {"name": "dropout", "kind": "number", "low": 0, "high": 0.5, "log": False, "step": 0.125},
    {"name": "width", "kind": "whole", "low": 4, "high": 64, "log": False, "step": 4},
    {"name": "depth", "kind": "whole", "low": 1, "high": 3, "log": False, "step": None},
    {"name": "units", "kind": "whole", "low": 1, "high": 100, "log": True, "step": None},
    {"name": "optimizer", "kind": "choice", "choices": ["adam", "adamW", "sgd"]},
    {"name": "flip", "kind": "choice", "choices": ["none", "random"]},
]


def distribution_of(one):
    if one["kind"] == "choice":
        return CategoricalDistribution(one["choices"])
    if one["kind"] == "whole":
        return IntDistribution(one["low"], one["high"], log=one["log"], step=one["step"] or 1)
    return FloatDistribution(one["low"], one["high"], log=one["log"], step=one["step"])


def draw(one, rng):
    if one["kind"] == "choice":
        return rng.choice(one["choices"])
    low, high, step = one["low"], one["high"], one["step"] or (1 if one["kind"] == "whole" else None)
    if one["log"]:
        value = math.exp(rng.uniform(math.log(low), math.log(high)))
        return round(value) if one["kind"] == "whole" else value
    if step:
        return low + step * rng.randint(0, round((high - low) / step))
    return rng.uniform(low, high)


def loss_of(p, rng):
    return (
        (math.log10(p["rate"]) + 2.5) ** 2 + 0.2 * p["decay"] + 0.01 * abs(p["width"] - 32)
        + {"adam": 0, "adamW": 0.1, "sgd": 0.8}[p["optimizer"]] + 0.05 * rng.random()
    )


def importance(count, seed, direction):
    rng = random.Random(seed)
    study = optuna.create_study(direction=direction)
    distributions = {one["name"]: distribution_of(one) for one in PARAMETERS}
    trials = []
    for _ in range(count):
        parameters = {one["name"]: draw(one, rng) for one in PARAMETERS}
        loss = loss_of(parameters, rng)
        trials.append({"parameters": parameters, "loss": loss})
        value = loss if direction == "minimize" else -loss
        study.add_trial(optuna.trial.create_trial(params=parameters, distributions=distributions, value=value))
    shares = get_param_importances(study, evaluator=PedAnovaImportanceEvaluator())
    return {"parameters": PARAMETERS, "trials": trials, "shares": shares}


def densities(count, seed, names):
    rng = random.Random(seed)
    parameters = [one for one in PARAMETERS if one["name"] in names]
    space = {one["name"]: distribution_of(one) for one in parameters}
    observations = [{one["name"]: draw(one, rng) for one in parameters} for _ in range(count)]
    points = [{one["name"]: draw(one, rng) for one in parameters} for _ in range(20)]

    def internal(values):
        return {n: np.array([d.to_internal_repr(v[n]) for v in values], dtype=float) for n, d in space.items()}

    settings = _ParzenEstimatorParameters(
        prior_weight=1.0, consider_magic_clip=True, consider_endpoints=False, weights=default_weights, multivariate=True
    )
    estimator = _ParzenEstimator(internal(observations), space, settings)
    logs = estimator.log_pdf(internal(points)).tolist()
    return {"parameters": parameters, "observations": observations, "points": points, "logDensities": logs}


def read_journal(file):
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(file))
    [name] = optuna.study.get_all_study_names(storage)
    study = optuna.load_study(study_name=name, storage=storage)
    trials = [
        {
            "number": t.number, "state": t.state.name, "value": t.value, "params": t.params,
            "intermediate": [[step, value] for step, value in sorted(t.intermediate_values.items())],
            "user_attrs": t.user_attrs,
            "seconds": t.duration.total_seconds() if t.duration else None,
            "distributions": {name: str(one) for name, one in t.distributions.items()},
        }
        for t in study.trials
    ]
    return {
        "name": name, "direction": study.direction.name, "user_attrs": study.user_attrs, "trials": trials,
        "best": {"number": study.best_trial.number, "value": study.best_value},
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", default=os.path.join(os.path.dirname(__file__), "fixtures"))
    out = parser.parse_args().out
    tuning = {
        "optuna": optuna.__version__,
        "importance": [importance(60, 1, "minimize"), importance(12, 2, "maximize"), importance(203, 3, "maximize")],
        "densities": [
            densities(0, 4, ["rate", "width", "optimizer"]),
            densities(1, 5, ["rate", "dropout", "flip"]),
            densities(12, 6, [one["name"] for one in PARAMETERS]),
            densities(26, 9, ["decay"]),
            densities(40, 7, ["units", "decay", "depth"]),
        ],
    }
    with open(os.path.join(out, "tuning.json"), "w") as file:
        file.write(json.dumps(tuning, indent=1) + "\n")
    journal = os.path.join(out, "optuna-journal.log")
    if os.path.exists(journal):
        with open(os.path.join(out, "optuna-journal.json"), "w") as file:
            file.write(json.dumps(read_journal(journal), indent=1) + "\n")


main()
