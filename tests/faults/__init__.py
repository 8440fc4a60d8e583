"""Processes are killed, disks fill up and databases go away under a running installation."""
