"""The command line. Its modules import lightly; what a command needs is imported when it runs."""
