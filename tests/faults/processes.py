"""Processes to be killed: forked from a server that has imported what they need."""

from multiprocessing import get_context

__all__ = ["processes"]

processes = get_context("forkserver")
processes.set_forkserver_preload(["tests.faults.sending", "tests.faults.receiving"])
