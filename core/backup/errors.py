"""What can be wrong with a backup, as a sentence for the person at the terminal."""


class BackupError(Exception):
    """A backup cannot be made, read or restored; the message says why and what to do."""
