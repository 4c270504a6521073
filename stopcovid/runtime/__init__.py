"""Runs the whole site on one machine: embedded servers, supervisor, bootstrap, test servers."""
