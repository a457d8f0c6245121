#!/usr/bin/env python3
"""Runs the steps of a GitHub workflow in a project, as its runner would: the commands as they stand,
the action of this repository from its checkout, other people's actions not at all.

usage: steps.py WORKFLOW PROJECT CHECKOUT
"""

import os
import re
import subprocess
import sys
import tempfile

import yaml


class Runner:
    def __init__(self, project, checkout):
        self.project, self.checkout = project, checkout
        self.environment = dict(os.environ, GITHUB_ACTIONS="true", GITHUB_WORKSPACE=project,
                                GITHUB_ACTION_PATH=checkout)

    def run_workflow(self, file):
        with open(file, encoding="utf-8") as text:
            jobs = yaml.safe_load(text)["jobs"]
        for job in jobs.values():
            self.run_steps(job["steps"], {})

    def run_action(self, given):
        with open(os.path.join(self.checkout, "action.yml"), encoding="utf-8") as text:
            action = yaml.safe_load(text)
        inputs = {name: given.get(name, str(about["default"]))
                  for name, about in action["inputs"].items()}
        self.run_steps(action["runs"]["steps"], {f"inputs.{n}": v for n, v in inputs.items()})

    def run_steps(self, steps, values):
        for step in steps:
            name = step.get("name", step.get("uses"))
            if "run" in step:
                print(f"-- {name}", flush=True)
                self.run_command(step, values)
            elif "/localfn@" in step["uses"]:
                self.run_action(step.get("with", {}))
            else:
                print(f"-- {name}: left out", flush=True)

    def run_command(self, step, values):
        def value(match):
            return values[match[1]]  # an expression that nobody has set is an error

        known = {key: re.sub(r"\$\{\{\s*(.*?)\s*\}\}", value, str(text))
                 for key, text in step.get("env", {}).items()}
        command = re.sub(r"\$\{\{\s*(.*?)\s*\}\}", value, step["run"])
        with tempfile.TemporaryDirectory() as folder:
            output, path = os.path.join(folder, "output"), os.path.join(folder, "path")
            environment = self.environment | known | {"GITHUB_OUTPUT": output, "GITHUB_PATH": path}
            subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command],
                           cwd=self.project, env=environment, check=True)
            for line in lines_of(output):
                key, _, text = line.partition("=")
                values[f"steps.{step['id']}.outputs.{key}"] = text
            for line in lines_of(path):
                self.environment["PATH"] = line + ":" + self.environment["PATH"]


def lines_of(file):
    if not os.path.exists(file):
        return []
    with open(file, encoding="utf-8") as text:
        return text.read().splitlines()


if __name__ == "__main__":
    workflow, project, checkout = sys.argv[1:]
    try:
        Runner(project, checkout).run_workflow(workflow)
    except subprocess.CalledProcessError as error:
        sys.exit(f"a step ended with {error.returncode}")
